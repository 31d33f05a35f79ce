import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { AppError } from '#core/errors.ts';
import { writeKubeconfig } from '#lab/kubeconfig.ts';
import { until } from '#lab/until.ts';

/** To the API server: how many slices to write from now on; or to write that of the watched link, at once. */
export interface ApiOrder {
  slicesPerSecond?: number;
  watchedMicroseconds?: number;
}
export interface ApiAnswer {
  port?: number;
  /** Milliseconds since 1970, with fractions. */
  writtenAtMs?: number;
}

/** To the extender: to begin to measure, or to tell; `tellMemory`: after everything that is not in use was freed. */
export type ExtenderOrder = 'measure' | 'tell' | 'tellMemory';
export interface ExtenderAnswer {
  port?: number;
  /** Of the event loop's delays since it was told to measure, or since it started. */
  p99Ms?: number;
  maxMs?: number;
  /** CPU time of the process since its start. */
  cpuMs?: number;
  heapMiB?: number;
  /** Arrays of numbers are not in the heap. */
  arraysMiB?: number;
}

export interface Extender {
  port: number;
  tell(order: ExtenderOrder): Promise<ExtenderAnswer>;
}

const READY_MS = 120_000;

/** Runs the work with an extender that knows a cluster, and the API server that it knows it from: each a process of its own. */
export async function withExtender<Result>(
  cluster: { nodes: number; linksPerNode: number },
  folder: string,
  work: (extender: Extender, api: (order: ApiOrder) => Promise<ApiAnswer>) => Promise<Result>,
): Promise<Result> {
  const children: ChildProcess[] = [];
  const start = async (script: string, ...args: string[]) => {
    const child = fork(join(import.meta.dirname, script), args, { execArgv: ['--expose-gc'] });
    children.push(child);
    return { child, port: ((await nextMessage(child)) as { port: number }).port };
  };
  try {
    const api = await start('api-process.ts', String(cluster.nodes), String(cluster.linksPerNode));
    const kubeconfig = join(folder, `kubeconfig-${api.port}`);
    await writeKubeconfig(kubeconfig, { server: `http://127.0.0.1:${api.port}` });
    const { child, port } = await start('extender-process.ts', kubeconfig);
    await until('the extender is ready', READY_MS, async () => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`);
      return response.ok ? undefined : await response.text();
    });
    const tell = (order: ExtenderOrder) => ask<ExtenderAnswer>(child, order);
    return await work({ port, tell }, async (order) => {
      if (order.watchedMicroseconds !== undefined) return await ask<ApiAnswer>(api.child, order);
      api.child.send(order);
      return {};
    });
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}

async function ask<Answer>(child: ChildProcess, order: object | string): Promise<Answer> {
  const answer = nextMessage(child);
  child.send(order);
  return (await answer) as Answer;
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const end = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new AppError('FAILED', `${child.spawnargs.at(1)} ended with ${code}`);
  });
  try {
    const [message] = (await Promise.race([once(child, 'message'), end])) as [unknown];
    return message;
  } finally {
    ended.abort();
    end.catch(() => {});
  }
}
