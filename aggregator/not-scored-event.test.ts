import { describe, expect, it } from 'vitest';
import { notScoredEvent } from '#aggregator/not-scored-event.ts';

const UID = '0f1e2d3c-4b5a-4697-8877-665544332211';
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

describe('the event of a pod that was not scored', () => {
  it.each([
    ['a short name', 'web-0', `web-0.${UID}`],
    ['a long one', 'w'.repeat(253), `${'w'.repeat(200)}.${UID}`],
    ['one with a hyphen where it is cut', `${'w'.repeat(199)}-${'0'.repeat(9)}`, `${'w'.repeat(199)}.${UID}`],
    ['one with a dot there', `${'w'.repeat(199)}.${'0'.repeat(9)}`, `${'w'.repeat(199)}.${UID}`],
    ['one with hyphens before', `${'w'.repeat(197)}---${'0'.repeat(9)}`, `${'w'.repeat(197)}.${UID}`],
  ])('has a name that the API server takes: %s', (_what, name, want) => {
    const event = notScoredEvent({ uid: UID, namespace: 'default', name, createdAtMs: 0 }, '2026-01-01T12:00:00Z');
    expect(event).toMatchObject({ metadata: { name: want } });
    expect(want).toMatch(new RegExp(`^${LABEL}([.]${LABEL})*$`));
    expect(want.length).toBeLessThanOrEqual(253);
  });
});
