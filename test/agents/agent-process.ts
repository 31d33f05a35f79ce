import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { vi } from 'vitest';
import { HOSTS, type HostName } from '#test/agents/two-hosts.ts';

export const LISTEN_PORT = 9464;

/** The agent as a process of its own, without the rest of the command line. */
const AGENT_PROGRAM = `
  import { loadConfig } from '#agent/config.ts';
  import { startAgent } from '#agent/main.ts';
  import { createLogger } from '#runtime/logger.ts';
  import { runService } from '#runtime/service.ts';
  const logger = createLogger('agent');
  await runService(logger, () => startAgent(loadConfig({}, process.env), logger));
`;

export interface Agent {
  /** What it wrote to standard output. */
  output(): string;
  log(): string;
  /** A line of its /proc status. */
  status(field: string): string | undefined;
  isReadOnly(mountPoint: string): boolean;
  /** The value of one series, 0 where it is not there yet. */
  metric(series: string): Promise<number>;
  terminate(): Promise<{ milliseconds: number; code: number | null }>;
  kill(): Promise<void>;
}

/** An agent on a host; `settings` are environment variables over those that it has by default. */
export function startAgentProcess(
  name: HostName,
  aggregatorPort: number,
  wrapper: string[] = [],
  settings: Record<string, string> = {},
): Agent {
  const { namespace, address, management, gateway } = HOSTS[name];
  const command = [...wrapper, process.execPath, '--input-type=module', '--eval', AGENT_PROGRAM];
  // `ip netns exec` becomes the command, so that signals reach the agent itself.
  const child: ChildProcess = spawn('ip', ['netns', 'exec', namespace, ...command], {
    env: {
      ...process.env,
      NETAWARE_NODE: name,
      NETAWARE_AGGREGATOR_URL: `http://${gateway}:${aggregatorPort}`,
      NETAWARE_LISTEN_PORT: String(LISTEN_PORT),
      NETAWARE_IPERF3_BIND_ADDRESS: address,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  return {
    output: () => output,
    log: () => log,
    status: (field) => {
      const line = readFileSync(`/proc/${child.pid}/status`, 'utf8').match(new RegExp(`^${field}:\\s+(.*)$`, 'm'));
      return line?.[1]?.replaceAll(/\s+/g, ' ');
    },
    isReadOnly: (mountPoint) =>
      readFileSync(`/proc/${child.pid}/mounts`, 'utf8')
        .split('\n')
        .some((line) => line.split(' ')[1] === mountPoint && line.split(' ')[3]?.split(',').includes('ro') === true),
    async metric(series) {
      const metrics = await fetch(`http://${management}:${LISTEN_PORT}/metrics`).then(
        (response) => response.text(),
        () => '',
      );
      const line = metrics.split('\n').find((candidate) => candidate.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1) ?? 0);
    },
    async terminate() {
      const sentAt = performance.now();
      child.kill('SIGTERM');
      const [code] = await exited;
      return { milliseconds: performance.now() - sentAt, code };
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export function until(condition: () => boolean | Promise<boolean>, timeout = 20_000): Promise<boolean> {
  return vi.waitUntil(condition, { timeout, interval: 50 });
}
