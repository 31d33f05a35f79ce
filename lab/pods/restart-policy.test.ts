import { expect, test } from 'vitest';
import { backOffMs, restartsAfter } from '#lab/pods/restart-policy.ts';

test.each([
  { policy: 'Always', exitCode: 0, want: true },
  { policy: 'Always', exitCode: 1, want: true },
  { policy: 'OnFailure', exitCode: 0, want: false },
  { policy: 'OnFailure', exitCode: 1, want: true },
  { policy: 'Never', exitCode: 0, want: false },
  { policy: 'Never', exitCode: 1, want: false },
] as const)('with $policy an exit with $exitCode restarts: $want', ({ policy, exitCode, want }) => {
  expect(restartsAfter(policy, exitCode)).toBe(want);
});

test('the back-off doubles from half a second to ten', () => {
  expect([1, 2, 3, 4, 5, 6, 50].map(backOffMs)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});
