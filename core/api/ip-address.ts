import { z } from 'zod';

export type IpFamily = 'IPv4' | 'IPv6';

const address = z.union([z.ipv4(), z.ipv6()]);

/** An address that another host can be probed at. */
export const probeAddress = z.string().superRefine((text, context) => {
  const message = addressProblem(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message, input: text });
});

/** Why a host cannot be probed at it; undefined where it can. */
export function addressProblem(text: string): string | undefined {
  // fe80::/10 is another network on every interface, and the zone that tells them apart has a meaning on one host alone.
  if (/^fe[89ab][0-9a-f]:/i.test(text) || text.includes('%')) {
    return `wanted an address that means the same on every host, without a zone, and not a link-local one: ${text}`;
  }
  return address.safeParse(text).success ? undefined : `not an IP address: ${text}`;
}

/** Of a valid address. */
export function familyOf(valid: string): IpFamily {
  return valid.includes(':') ? 'IPv6' : 'IPv4';
}
