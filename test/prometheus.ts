import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { until } from '#lab/until.ts';

const DEADLINE_MS = 60_000;

/** A real Prometheus that scrapes targets of a test's own, with a folder of its own. */
export interface Prometheus {
  url: string;
  /** Value of an expression that has one; undefined where it has none. */
  evaluate(expression: string): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** Where Prometheus is: on PATH, or where `make prometheus` has unpacked it; undefined where it is not, said on stderr. */
export function findPrometheus(suite: string): string | undefined {
  const { PATH = '', XDG_CACHE_HOME, HOME = homedir() } = process.env;
  const unpacked = join(XDG_CACHE_HOME || join(HOME, '.cache'), 'netaware', 'prometheus', 'usr', 'bin');
  const program = [...PATH.split(':'), unpacked].map((folder) => join(folder, 'prometheus')).find(existsSync);
  if (program === undefined) process.stderr.write(`skipped: ${suite}: needs prometheus ("make prometheus")\n`);
  return program;
}

/** Starts one that scrapes `targets` ("host:port") without pause, and waits until it answers. */
export async function startPrometheus(program: string, targets: readonly string[]): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'netaware-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  writeFileSync(
    config,
    stringify({
      global: { scrape_interval: '500ms', scrape_timeout: '500ms' },
      scrape_configs: [{ job_name: 'mesh', static_configs: [{ targets }] }],
    }),
  );
  const child = spawn(
    program,
    [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`, '--web.listen-address=127.0.0.1:0'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const stop = () => stopProcess(child).finally(() => rmSync(folder, { recursive: true }));
  try {
    await once(child, 'spawn');
    await until('Prometheus answers', DEADLINE_MS, async () => {
      if (child.exitCode !== null) throw new Error(`prometheus ended: ${log}`);
      const url = addressIn(log);
      if (url === undefined) return 'it does not listen yet';
      const { status } = await fetch(`${url}/-/ready`);
      return status === 200 ? undefined : `answers ${status}`;
    });
  } catch (err) {
    await stop();
    throw err;
  }
  const url = addressIn(log) ?? '';
  return { url, stop, evaluate: (expression) => evaluate(url, expression) };
}

/** It chooses a free port itself, and says which. */
function addressIn(log: string): string | undefined {
  const address = /msg="Listening on"[^\n]*address=(127\.0\.0\.1:\d+)/.exec(log)?.[1];
  return address === undefined ? undefined : `http://${address}`;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function evaluate(url: string, expression: string): Promise<number | undefined> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression })}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  const [first] = data.result;
  return first === undefined ? undefined : Number(first.value[1]);
}
