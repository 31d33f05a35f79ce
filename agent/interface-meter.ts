import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere } from '#agent/read-if-there.ts';
import type { InterfaceReading } from '#core/api/agent.ts';
import { deviceTo, parseIpv4Routes, parseIpv6Routes } from '#core/measurement/route-table.ts';

export interface InterfaceMeter {
  /**
   * What the interface that most of these addresses are reached through carried since the last call; undefined at the first,
   * after the interface changed, and where its speed says nothing. `nowMs` is of a clock that only goes forward.
   */
  read(addresses: readonly string[], nowMs: number): InterfaceReading | undefined;
  /** The next call is the first again. */
  forget(): void;
}

interface Counters {
  device: string;
  atMs: number;
  sentBytes: number;
  receivedBytes: number;
}

/** Reads the kernel's files, below `root` in tests. */
export function createInterfaceMeter(root = '/'): InterfaceMeter {
  let last: Counters | undefined;
  return {
    read(addresses, nowMs) {
      const device = mostUsedDevice(root, addresses);
      const speed = device === undefined ? undefined : speedBitsPerSecond(root, device);
      const before = last;
      last = device === undefined || speed === undefined ? undefined : readCounters(root, device, nowMs);
      if (speed === undefined || last === undefined || last.device !== before?.device) return undefined;
      const seconds = (last.atMs - before.atMs) / 1000;
      const sent = last.sentBytes - before.sentBytes;
      const received = last.receivedBytes - before.receivedBytes;
      // Counters that went back are those of an interface that was made anew.
      if (seconds <= 0 || sent < 0 || received < 0) return undefined;
      return {
        measuredAt: new Date().toISOString(),
        speedBitsPerSecond: speed,
        sentBitsPerSecond: Math.round((sent * 8) / seconds),
        receivedBitsPerSecond: Math.round((received * 8) / seconds),
      };
    },
    forget() {
      last = undefined;
    },
  };
}

function mostUsedDevice(root: string, addresses: readonly string[]): string | undefined {
  const routes = [
    ...parseIpv4Routes(readIfThere(join(root, 'proc/net/route'))),
    ...parseIpv6Routes(readIfThere(join(root, 'proc/net/ipv6_route'))),
  ];
  const uses = new Map<string, number>();
  for (const address of addresses) {
    const device = deviceTo(routes, address);
    if (device !== undefined && device !== 'lo') uses.set(device, (uses.get(device) ?? 0) + 1);
  }
  return [...uses].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** Undefined where the driver tells none (-1, or the read fails), as virtio does, and for what is not a real interface. */
function speedBitsPerSecond(root: string, device: string): number | undefined {
  if (!isReal(root, device)) return undefined;
  const megabits = Number(readIfThere(join(deviceFolder(root, device), 'speed')));
  return megabits > 0 ? megabits * 1_000_000 : undefined;
}

/**
 * A veth says 10 Gbit/s whatever it is joined to, and tunnels say anything. Real is what a driver of hardware is behind, and
 * what stands on real ones alone: a bond, a VLAN, a bridge of the host.
 */
function isReal(root: string, device: string): boolean {
  const folder = deviceFolder(root, device);
  if (existsSync(join(folder, 'device'))) return true;
  const below = listIfThere(folder).flatMap((name) => (name.startsWith('lower_') ? name.slice('lower_'.length) : []));
  return below.length > 0 && below.every((name) => isReal(root, name));
}

function readCounters(root: string, device: string, atMs: number): Counters | undefined {
  const statistics = join(deviceFolder(root, device), 'statistics');
  const sent = readIfThere(join(statistics, 'tx_bytes'));
  const received = readIfThere(join(statistics, 'rx_bytes'));
  if (sent === '' || received === '') return undefined;
  return { device, atMs, sentBytes: Number(sent), receivedBytes: Number(received) };
}

function deviceFolder(root: string, device: string): string {
  return join(root, 'sys/class/net', device);
}

function listIfThere(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
