import { execa } from 'execa';
import { AppError } from '#core/errors.ts';

const FIRST = 10;
const LAST = 254;

export interface AddressPool {
  /** An address that is free, the one longest unused; undefined where all are taken. */
  take(): string | undefined;
  release(address: string): void;
}

/** The host's pod addresses: `prefix` (such as `10.97.3.`) with 10 to 254 behind it. */
export function createAddressPool(prefix: string): AddressPool {
  const free = Array.from({ length: LAST - FIRST + 1 }, (_none, index) => `${prefix}${FIRST + index}`);
  return {
    take: () => free.shift(),
    release: (address) => void free.push(address),
  };
}

/**
 * Adds a pod's address to an interface. As a /32 it brings no route with it, so the kernel goes on to choose the
 * host's own address for connections whose source is not bound. Throws AppError FAILED.
 */
export async function addAddress(networkInterface: string, address: string): Promise<void> {
  await ip(['address', 'replace', `${address}/32`, 'dev', networkInterface]);
}

export async function removeAddress(networkInterface: string, address: string): Promise<void> {
  await ip(['address', 'delete', `${address}/32`, 'dev', networkInterface]);
}

/** Removes the pod addresses that an earlier run left behind. */
export async function removeStaleAddresses(networkInterface: string, prefix: string): Promise<void> {
  const listed = await ip(['-json', 'address', 'show', 'dev', networkInterface]);
  for (const address of podAddresses(listed, prefix)) await removeAddress(networkInterface, address);
}

/** The pod addresses in what `ip -json address show` printed. */
export function podAddresses(json: string, prefix: string): string[] {
  const interfaces = JSON.parse(json) as { addr_info?: { local?: string }[] }[];
  return interfaces
    .flatMap(({ addr_info }) => addr_info ?? [])
    .map(({ local }) => local ?? '')
    .filter((address) => address.startsWith(prefix) && Number(address.slice(prefix.length)) >= FIRST);
}

async function ip(args: string[]): Promise<string> {
  try {
    return (await execa('ip', args, { stdin: 'ignore' })).stdout;
  } catch (cause) {
    throw new AppError('FAILED', (cause as Error).message, { cause });
  }
}
