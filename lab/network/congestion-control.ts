import { readFile } from 'node:fs/promises';
import { succeeds } from '#lab/command.ts';

const SYSCTL = '/proc/sys/net/ipv4';
const PREFERRED = 'bbr';

/**
 * TCP's congestion control for the hosts: BBR where the kernel has it, because a single flow of it fills a long and lossy
 * link as well (0.5 % loss at 40 ms: 45 to 50 of 50 Mbit/s, cubic 2 to 23); else the machine's own.
 */
export async function chooseCongestionControl(): Promise<string> {
  const isAvailable = async () =>
    (await readFile(`${SYSCTL}/tcp_available_congestion_control`, 'utf8')).trim().split(' ').includes(PREFERRED);
  if (await isAvailable()) return PREFERRED;
  await succeeds('modprobe', ['-q', 'tcp_bbr']);
  if (await isAvailable()) return PREFERRED;
  return (await readFile(`${SYSCTL}/tcp_congestion_control`, 'utf8')).trim();
}
