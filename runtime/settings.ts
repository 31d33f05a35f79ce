/**
 * What is given of a service's settings, by name: the flag, else the environment variable that `variables` names for it. What
 * is given nowhere is absent. Not validated.
 */
export function givenSettings(
  variables: Readonly<Record<string, string>>,
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
  const names = new Set([...Object.keys(variables), ...Object.keys(flags)]);
  const values = [...names].map((name) => [name, flags[name] ?? env[variables[name] ?? '']] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
