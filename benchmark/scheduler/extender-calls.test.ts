import { expect, it } from 'vitest';
import { callsSince, type ExtenderCalls, extenderCalls, whyInvalid } from './extender-calls.ts';

const METRICS = `# HELP netaware_extender_requests_total Calls from the scheduler.
netaware_extender_requests_total{verb="filter",outcome="answered"} 120
netaware_extender_requests_total{verb="prioritize",outcome="answered"} 114
netaware_extender_requests_total{verb="prioritize",outcome="neutral"} 4
netaware_extender_requests_total{verb="prioritize",outcome="refused"} 2
netaware_extender_requests_total{verb="prioritize",outcome="aborted"} 1
netaware_extender_requests_total{verb="filter",outcome="aborted"} 4
netaware_extender_request_duration_seconds_bucket{le="0.25",verb="filter"} 119
netaware_extender_request_duration_seconds_bucket{le="1",verb="filter"} 120
netaware_extender_request_duration_seconds_bucket{le="0.25",verb="prioritize"} 120
netaware_extender_request_duration_seconds_count{verb="filter"} 120
netaware_extender_request_duration_seconds_count{verb="prioritize"} 120
netaware_extender_neutral_total{reason="noPlacedPeers"} 3
netaware_extender_neutral_total{reason="noGroup"} 1
`;

it("reads the calls of a run from the extender's metrics", () => {
  expect(extenderCalls(METRICS)).toEqual({ filtered: 120, prioritized: 118, late: 1, aborted: 5, neutral: 4 });
});

it('tells the calls of the run from those before it', () => {
  const before = { filtered: 20, prioritized: 20, late: 1, aborted: 0, neutral: 2 };
  expect(callsSince(before, extenderCalls(METRICS))).toEqual({
    filtered: 100,
    prioritized: 98,
    late: 0,
    aborted: 5,
    neutral: 2,
  });
});

it.each<{ name: string; calls: Partial<ExtenderCalls>; scores?: boolean; log?: string; want: string | undefined }>([
  { name: 'counts where every pod was filtered and scored in time', calls: {}, want: undefined },
  { name: 'counts where some were tried twice', calls: { filtered: 105, prioritized: 103 }, want: undefined },
  { name: 'does not count where pods were not filtered', calls: { filtered: 90 }, want: '10 pods were not filtered' },
  { name: 'does not count where pods were not scored', calls: { prioritized: 99 }, want: '1 pods were not scored' },
  { name: 'does not count where an answer may have come too late', calls: { late: 2 }, want: '2 answers came late' },
  { name: 'does not count where calls were given up', calls: { aborted: 1 }, want: 'kube-scheduler gave up 1 calls' },
  {
    name: 'does not count where the scheduler went on without the extender',
    calls: {},
    log: 'I1126 schedule_one.go:737] "Skipping extender as it returned error and has ignorable flag set"',
    want: 'kube-scheduler skipped the extender',
  },
  { name: 'counts without scores where filter decides', calls: { prioritized: 0 }, scores: false, want: undefined },
])('$name', ({ calls, scores = true, log = '', want }) => {
  const all = { filtered: 100, prioritized: 100, late: 0, aborted: 0, neutral: 0, ...calls };
  expect(whyInvalid(all, { pods: 100, scores }, log)).toBe(want);
});
