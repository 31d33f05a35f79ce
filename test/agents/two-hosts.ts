import { execFileSync, spawnSync } from 'node:child_process';

// Two hosts as network namespaces, joined by one link to measure, each with a second link to this process. Both links have both
// families.

export const HOSTS = {
  a: {
    namespace: 'nwag-a',
    address: '198.18.213.1',
    ipv6Address: 'fd00:213::1',
    management: '198.18.214.2',
    gateway: '198.18.214.1',
    ipv6Management: 'fd00:214:1::2',
    ipv6Gateway: 'fd00:214:1::1',
  },
  b: {
    namespace: 'nwag-b',
    address: '198.18.213.2',
    ipv6Address: 'fd00:213::2',
    management: '198.18.214.6',
    gateway: '198.18.214.5',
    ipv6Management: 'fd00:214:2::2',
    ipv6Gateway: 'fd00:214:2::1',
  },
};
export type HostName = keyof typeof HOSTS;

/** Addresses with ports on which TCP listens in a network namespace. */
export function listenersIn(namespace: string): string[] {
  return execFileSync('ip', ['netns', 'exec', namespace, 'ss', '-Hltn'], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => line.split(/\s+/)[3] ?? []);
}

/** Names of the processes in a network namespace. */
export function commandsIn(namespace: string): string[] {
  const pids = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).split('\n').filter(Boolean);
  if (pids.length === 0) return [];
  return spawnSync('ps', ['-o', 'comm=', '-p', pids.join(',')], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean);
}

export function makeHosts(): void {
  for (const { namespace, management, gateway, ipv6Management, ipv6Gateway } of Object.values(HOSTS)) {
    const outside = `${namespace}-out`;
    ip('netns', 'add', namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', 'mgmt', 'netns', namespace);
    ip('address', 'add', `${gateway}/30`, 'dev', outside);
    ip('address', 'add', `${ipv6Gateway}/64`, 'dev', outside, 'nodad');
    ip('link', 'set', outside, 'up');
    ip('-n', namespace, 'address', 'add', `${management}/30`, 'dev', 'mgmt');
    ip('-n', namespace, 'address', 'add', `${ipv6Management}/64`, 'dev', 'mgmt', 'nodad');
    ip('-n', namespace, 'link', 'set', 'mgmt', 'up');
  }
  const [near, far] = [HOSTS.a.namespace, HOSTS.b.namespace];
  ip('link', 'add', 'eth0', 'netns', near, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', far);
  for (const { namespace, address, ipv6Address } of Object.values(HOSTS)) {
    ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', namespace, 'address', 'add', `${ipv6Address}/64`, 'dev', 'eth0', 'nodad');
    ip('-n', namespace, 'link', 'set', 'eth0', 'up');
  }
}

/** The links go with the namespaces. */
export function removeHosts(): void {
  for (const { namespace } of Object.values(HOSTS)) {
    spawnSync('ip', ['netns', 'del', namespace]);
    spawnSync('ip', ['link', 'del', `${namespace}-out`]);
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args);
}

/** Whether a host answers pings of either family. */
export function answerPings(name: HostName, does: boolean): void {
  const { namespace } = HOSTS[name];
  const value = does ? '0' : '1';
  for (const setting of ['ipv4/icmp_echo_ignore_all', 'ipv6/icmp/echo_ignore_all']) {
    execFileSync('ip', ['netns', 'exec', namespace, 'sh', '-c', `echo ${value} > /proc/sys/net/${setting}`]);
  }
}
