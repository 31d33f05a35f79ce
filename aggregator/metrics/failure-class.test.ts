import { describe, expect, it } from 'vitest';
import { failureClass } from '#aggregator/metrics/failure-class.ts';
import type { Measurement } from '#core/api/agent.ts';

const RTT: Measurement = {
  ...{ kind: 'rtt', destination: 'b', measuredAt: '2026-01-01T12:00:00Z' },
  ...{ transmitted: 7, received: 7, rttMicroseconds: 1000 },
};
const failedTest = (error: string): Measurement => ({
  ...{ kind: 'bandwidth', destination: 'b', measuredAt: '2026-01-01T12:00:00Z', leaseId: 'l1' },
  error,
});

describe('the class of a failure', () => {
  it.each<{ want: string | undefined; given: Measurement }>([
    { want: undefined, given: RTT },
    { want: 'partly_lost', given: { ...RTT, received: 6 } },
    { want: 'unanswered', given: { ...RTT, received: 0, rttMicroseconds: undefined } },
    { want: 'disturbed', given: { ...RTT, disturbedBy: 'throttled' } },
    { want: 'busy', given: failedTest('error - the server is busy running a test. try again later') },
    { want: 'refused', given: failedTest('error - unable to connect to server: Connection refused') },
    { want: 'no_route', given: failedTest('error - unable to connect to server: No route to host') },
    { want: 'timeout', given: failedTest('error - unable to connect to server: Connection timed out') },
    { want: 'broken_off', given: failedTest('error - unable to receive control message: Connection reset by peer') },
    { want: 'other', given: failedTest('something that nobody thought of') },
  ])('is $want', ({ want, given }) => {
    expect(failureClass(given)).toBe(want);
  });
});
