import { AppError } from '#core/errors.ts';
import { run } from '#lab/command.ts';
import { MANAGEMENT_NETWORK, SHAPED_NETWORK } from '#lab/names.ts';

/** Throws AppError CONFLICT where the machine has a route into one of the lab's networks, before anything is made. */
export async function checkAddressesAreFree(): Promise<void> {
  const routes = JSON.parse((await run('ip', ['-json', '-4', 'route', 'show', 'table', 'all'])) || '[]') as {
    dst: string;
    dev?: string;
  }[];
  for (const { dst, dev } of routes) {
    if (dst === 'default') continue;
    for (const { network, prefixLength } of [MANAGEMENT_NETWORK, SHAPED_NETWORK]) {
      if (!overlaps(dst, `${network}/${prefixLength}`)) continue;
      throw new AppError(
        'CONFLICT',
        `the lab needs the network ${network}/${prefixLength}, but this machine has a route to ${dst} by ${dev ?? '?'}`,
      );
    }
  }
}

/** Whether two IPv4 networks, written a.b.c.d/n (or a.b.c.d), share addresses. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parseNetwork(one), parseNetwork(other)];
  const shift = 32 - Math.min(a.prefixLength, b.prefixLength);
  return Math.floor(a.address / 2 ** shift) === Math.floor(b.address / 2 ** shift);
}

function parseNetwork(text: string): { address: number; prefixLength: number } {
  const [address = '', prefixLength = '32'] = text.split('/');
  return {
    address: address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0),
    prefixLength: Number(prefixLength),
  };
}
