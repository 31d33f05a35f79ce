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
  if (given !== undefined) return parseBase(given, flag === undefined ? variable : flagName);
  const { readLabState } = await import('#lab/state/lab-state.ts');
  const lab = (await readLabState())?.running;
  if (!lab) throw new AppError('INVALID_INPUT', `no lab is up here: give ${flagName} or set ${variable}`);
  return parseBase(lab[part], part);
}

/** The address that `source`, a flag or variable, gives. Its path ends in "/", so that what is resolved against it keeps the path of a proxy. */
export function parseBase(text: string, source: string): URL {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new AppError('INVALID_INPUT', `${source}: wanted a URL such as http://127.0.0.1:8088, found "${text}"`);
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}
