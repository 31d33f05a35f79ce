import { expect, test } from 'vitest';
import { createAddressPool, podAddresses } from '#lab/pods/addresses.ts';

const PREFIX = '10.97.3.';

test('a pool gives 245 different addresses from .10 to .254, then none', () => {
  const pool = createAddressPool(PREFIX);
  const taken = Array.from({ length: 245 }, () => pool.take());
  expect(taken[0]).toBe('10.97.3.10');
  expect(taken.at(-1)).toBe('10.97.3.254');
  expect(new Set(taken).size).toBe(245);
  expect(pool.take()).toBeUndefined();
});

test('an address that comes back is used last', () => {
  const pool = createAddressPool(PREFIX);
  const first = pool.take() ?? '';
  pool.release(first);
  const others = Array.from({ length: 244 }, () => pool.take());
  expect(others).not.toContain(first);
  expect(pool.take()).toBe(first);
});

test("an interface's pod addresses are those with the prefix from .10 on", () => {
  const shown = JSON.stringify([
    {
      ifname: 'eth0',
      addr_info: [
        { family: 'inet', local: '10.97.3.1', prefixlen: 16 },
        { family: 'inet', local: '10.97.3.10', prefixlen: 32 },
        { family: 'inet', local: '10.97.30.11', prefixlen: 32 },
        { family: 'inet6', local: 'fe80::1', prefixlen: 64 },
      ],
    },
  ]);
  expect(podAddresses(shown, PREFIX)).toEqual(['10.97.3.10']);
  expect(podAddresses('[]', PREFIX)).toEqual([]);
});
