import { AppError } from '#core/errors.ts';

/** The aggregator's address: the flag, else NETAWARE_AGGREGATOR_URL, else the running lab's. */
export function aggregatorUrl(flag: string | undefined): Promise<URL> {
  return resolve(flag, '--aggregator', 'NETAWARE_AGGREGATOR_URL', 'aggregatorUrl');
}

/** The extender's address: the flag, else NETAWARE_EXTENDER_URL, else the running lab's. */
export function extenderUrl(flag: string | undefined): Promise<URL> {
  return resolve(flag, '--extender', 'NETAWARE_EXTENDER_URL', 'extenderUrl');
}

async function resolve(
  flag: string | undefined,
  flagName: string,
  variable: string,
  part: 'aggregatorUrl' | 'extenderUrl',
): Promise<URL> {
  const given = flag ?? process.env[variable];
  if (given !== undefined) {
    if (URL.canParse(given)) return new URL(given);
    throw new AppError('INVALID_INPUT', `${flag === undefined ? variable : flagName}: wanted a URL, found "${given}"`);
  }
  const { readLabState } = await import('#lab/state/lab-state.ts');
  const lab = (await readLabState())?.running;
  if (!lab) throw new AppError('INVALID_INPUT', `no lab is up here: give ${flagName} or set ${variable}`);
  return new URL(lab[part]);
}
