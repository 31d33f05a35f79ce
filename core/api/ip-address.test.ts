import { describe, expect, it } from 'vitest';
import { addressProblem, familyOf, probeAddress } from '#core/api/ip-address.ts';

describe('addressProblem', () => {
  it.each([
    ['192.0.2.1', 'IPv4'],
    ['::1', 'IPv6'],
    ['fd00::a:1', 'IPv6'],
    ['2001:DB8::FE80', 'IPv6'],
    ['fec0::1', 'IPv6'],
  ])('has nothing against %s, of family %s', (address, family) => {
    expect(addressProblem(address)).toBeUndefined();
    expect(familyOf(address)).toBe(family);
  });

  it.each(['fe80::1', 'FEBF::1', 'fe80::1%eth0', 'fd00::1%2'])(
    'refuses %s, which means another host elsewhere',
    (address) => {
      expect(addressProblem(address)).toBe(
        `wanted an address that means the same on every host, without a zone, and not a link-local one: ${address}`,
      );
    },
  );

  it.each(['', 'localhost', '[::1]', '192.0.2.256', '192.0.2.1/24', '-h', '192.0.2.1 -f'])(
    'refuses "%s"',
    (address) => {
      expect(addressProblem(address)).toBe(`not an IP address: ${address}`);
      expect(probeAddress.safeParse(address).error?.issues[0]?.message).toBe(`not an IP address: ${address}`);
    },
  );
});
