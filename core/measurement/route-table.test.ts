import { describe, expect, it } from 'vitest';
import { deviceTo, parseIpv4Routes, parseIpv6Routes } from '#core/measurement/route-table.ts';

// As the kernel writes them, for: default via 192.0.2.1 dev eth0 metric 100; default via … dev wlan0 metric 600;
// 192.0.2.0/24 dev eth0; 198.18.0.0/15 dev pods; unreachable 203.0.113.0/24 (no device).
const IPV4 = parseIpv4Routes(
  [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
    'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'pods\t000012C6\t00000000\t0001\t0\t0\t0\t0000FEFF\t0\t0\t0',
    '*\t007100CB\t00000000\t0200\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    '',
  ].join('\n'),
);
const NONE = '0'.repeat(32);
// fd00:1::/64 dev eth1, an own address on lo, default dev eth0, and the kernel's own "no route" entry.
const IPV6 = parseIpv6Routes(
  [
    `fd000001${'0'.repeat(24)} 40 ${NONE} 00 ${NONE} 00000100 00000001 00000000 00000001     eth1`,
    `fd000001${'0'.repeat(23)}1 80 ${NONE} 00 ${NONE} 00000000 00000002 00000000 80200001       lo`,
    `${NONE} 00 ${NONE} 00 fd000002${'0'.repeat(24)} 00000400 00000001 00000000 00000003     eth0`,
    `${NONE} 00 ${NONE} 00 ${NONE} ffffffff 00000001 00000000 00200200       lo`,
  ].join('\n'),
);

describe('deviceTo', () => {
  it.each([
    { address: '192.0.2.77', device: 'eth0', why: 'its own network' },
    { address: '198.19.255.255', device: 'pods', why: 'the last address of a network' },
    { address: '198.20.0.0', device: 'eth0', why: 'the address behind it, by the default route of the least metric' },
    { address: '203.0.113.9', device: 'eth0', why: 'a route that rejects is no way' },
    { address: 'fd00:1::2', device: 'eth1', why: 'its own network' },
    { address: 'fd00:1::1', device: 'lo', why: 'an address of the host itself' },
    { address: 'fd00:1:0:1::', device: 'eth0', why: 'another network, by the default route' },
    { address: '::ffff:192.0.2.1', device: 'eth0', why: 'dots at the end of IPv6' },
  ])('finds $device for $address: $why', ({ address, device }) => {
    expect(deviceTo([...IPV4, ...IPV6], address)).toBe(device);
  });

  it('finds none without a route of the family', () => {
    expect(deviceTo(IPV4, 'fd00::1')).toBeUndefined();
    expect(deviceTo(IPV6, '192.0.2.1')).toBeUndefined();
    expect(deviceTo([...parseIpv4Routes(''), ...parseIpv6Routes('')], '192.0.2.1')).toBeUndefined();
  });
});
