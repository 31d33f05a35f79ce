import { familyOf, type IpFamily } from '#core/api/ip-address.ts';

export interface Route {
  family: IpFamily;
  device: string;
  network: bigint;
  prefixLength: number;
  metric: number;
}

const BITS = { IPv4: 32, IPv6: 128 } as const;
const REJECT = 0x200;

/** The routes in /proc/net/route, whose addresses are in the byte order of the machine, taken for little-endian. */
export function parseIpv4Routes(text: string): Route[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter(([, , , flags]) => flags !== undefined && (Number.parseInt(flags, 16) & REJECT) === 0)
    .map(([device = '', destination = '', , , , , metric = '', mask = '']) => ({
      family: 'IPv4',
      device,
      network: littleEndian(destination),
      prefixLength: littleEndian(mask).toString(2).replaceAll('0', '').length,
      metric: Number(metric),
    }));
}

/** The routes in /proc/net/ipv6_route. */
export function parseIpv6Routes(text: string): Route[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length === 10 && (Number.parseInt(fields[8] ?? '', 16) & REJECT) === 0)
    .map(([destination = '', prefixLength = '', , , , metric = '', , , , device = '']) => ({
      family: 'IPv6',
      device,
      network: BigInt(`0x${destination}`),
      prefixLength: Number.parseInt(prefixLength, 16),
      metric: Number.parseInt(metric, 16),
    }));
}

/**
 * The device that the way to a valid address goes through: that of the longest prefix, then of the least metric. Rules that
 * choose another table (`ip rule`) are not looked at. Undefined where there is no way.
 */
export function deviceTo(routes: readonly Route[], address: string): string | undefined {
  const family = familyOf(address);
  const bits = addressBits(address, family);
  const fitting = routes.filter((route) => {
    const rest = BigInt(BITS[family] - route.prefixLength);
    return route.family === family && bits >> rest === route.network >> rest;
  });
  const [best] = fitting.toSorted((a, b) => b.prefixLength - a.prefixLength || a.metric - b.metric);
  return best?.device;
}

function addressBits(address: string, family: IpFamily): bigint {
  if (family === 'IPv4') return fromParts(address.split('.').map(Number), 8n);
  const withoutDots = address.replace(/[^:]*\.[^:]*$/, (dotted) => {
    const bits = addressBits(dotted, 'IPv4');
    return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
  });
  const [before = [], after = []] = withoutDots.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return fromParts(
    [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16)),
    16n,
  );
}

function fromParts(parts: readonly number[], width: bigint): bigint {
  return parts.reduce((bits, part) => (bits << width) | BigInt(part), 0n);
}

function littleEndian(hex: string): bigint {
  return BigInt(`0x${(hex.match(/../g) ?? []).toReversed().join('')}`);
}
