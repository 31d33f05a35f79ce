import { describe, expect, test } from 'vitest';
import { humanDuration } from '#lab/control-plane/api-server/table/human-duration.ts';
import { firstAtJsonPath } from '#lab/control-plane/api-server/table/json-path.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [0, '0s'],
  [119 * SECOND, '119s'],
  [2 * MINUTE, '2m'],
  [9 * MINUTE + 59 * SECOND, '9m59s'],
  [10 * MINUTE + 59 * SECOND, '10m'],
  [179 * MINUTE, '179m'],
  [3 * HOUR + 5 * MINUTE, '3h5m'],
  [47 * HOUR, '47h'],
  [2 * DAY + 3 * HOUR, '2d3h'],
  [8 * DAY + 3 * HOUR, '8d'],
  [3 * 365 * DAY + 2 * DAY, '3y2d'],
  [-5 * SECOND, '<invalid>'],
])('%i ms is shown as %s', (milliseconds, wanted) => {
  expect(humanDuration(milliseconds)).toBe(wanted);
});

describe('a JSON path', () => {
  const object = {
    metadata: { labels: { 'a.b/c': 'dotted' } },
    status: {
      nodes: 0,
      conditions: [
        { type: 'Planned', status: 'False' },
        { type: 'Valid', status: 'True' },
      ],
    },
  };
  test.each([
    ['.status.nodes', 0],
    ['.status.conditions[1].type', 'Valid'],
    ['.status.conditions[*].type', 'Planned'],
    ['.status.conditions[?(@.type=="Valid")].status', 'True'],
    [".status.conditions[?(@.type=='Valid')].status", 'True'],
    ['.metadata.labels.a\\.b/c', 'dotted'],
    [".metadata.labels['a.b/c']", 'dotted'],
    ['.status.conditions[?(@.type=="Other")].status', undefined],
    ['.spec.nothing.here', undefined],
    ['.status..nodes', undefined],
  ])('%s gives %j', (path, wanted) => {
    expect(firstAtJsonPath(object, path)).toEqual(wanted);
  });
});
