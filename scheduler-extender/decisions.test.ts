import { beforeEach, describe, expect, it, vi } from 'vitest';
import { makePod } from '#test/builders.ts';
import { createDecisions, type Decisions } from './decisions.ts';

const member = makePod('web-1', { group: 'shop', workload: 'web' });
const web = { ...member, metadata: { ...member.metadata, uid: 'web-uid' } };
const other = { ...makePod('plain'), metadata: { ...makePod('plain').metadata, uid: 'plain-uid' } };

describe('a pod is decided', () => {
  const decided = vi.fn();
  const withdrawn = vi.fn();
  let now: number;
  let decisions: Decisions;

  beforeEach(() => {
    vi.clearAllMocks();
    now = 0;
    decisions = createDecisions({ decided, withdrawn }, () => now);
  });

  it('by scores after an answer of filter, once', () => {
    decisions.asked(web);
    decisions.filtered(web, 2);
    expect(decided).not.toHaveBeenCalled();
    decisions.scored(web);
    decisions.scored(web);
    expect(decided.mock.calls).toEqual([[web]]);
  });

  it('by an answer of filter that leaves one node', () => {
    decisions.filtered(web, 1);
    expect(decided.mock.calls).toEqual([[web]]);
  });

  it('not by an answer that leaves none: that withdraws what was decided before', () => {
    decisions.filtered(web, 0);
    expect(decided).not.toHaveBeenCalled();
    expect(withdrawn.mock.calls).toEqual([[web]]);
  });

  it('not by scores without an answer of filter to the last question, nor long after it', () => {
    decisions.scored(web);
    decisions.filtered(web, 2);
    decisions.asked(web);
    decisions.scored(web);
    decisions.filtered(web, 2);
    now = 5_001;
    decisions.scored(web);
    expect(decided).not.toHaveBeenCalled();
  });

  it('only where it belongs to an AppGroup', () => {
    decisions.filtered(other, 1);
    decisions.filtered(other, 2);
    decisions.scored(other);
    expect(decided).not.toHaveBeenCalled();
  });
});
