import { z } from 'zod';

/**
 * What is given of a service's settings, by name: the flag, else the environment variable that `variables` names for it. What
 * is given nowhere is absent, and so is a variable that is empty: a manifest left it open. Not validated.
 */
export function givenSettings(
  variables: Readonly<Record<string, string>>,
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
  const names = new Set([...Object.keys(variables), ...Object.keys(flags)]);
  const values = [...names].map((name) => [name, flags[name] ?? (env[variables[name] ?? ''] || undefined)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** Where a service listens. Kubernetes sets NETAWARE_PORT=tcp://… in pods beside a Service named "netaware". */
export const portSetting = z
  .unknown()
  .refine((value) => !/^(tcp|udp|sctp):\/\//.test(String(value)), {
    error:
      'wanted a port number; Kubernetes sets such a variable for a Service of that name: ' +
      "give the flag, or set enableServiceLinks: false in the pod's spec",
  })
  .pipe(z.coerce.number().int().min(0).max(65_535));
