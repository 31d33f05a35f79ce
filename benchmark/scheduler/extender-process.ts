import { join } from 'node:path';
import { AppError } from '#core/errors.ts';
import { until } from '#lab/until.ts';
import { EXTENDER_FLAGS } from './arms.ts';
import { type ChildProcess, startChild } from './child-process.ts';
import { callsSince, type ExtenderCalls, extenderCalls } from './extender-calls.ts';

const NETAWARE = join(import.meta.dirname, '../../netaware');
const START_MS = 120_000;

export interface ExtenderProcess extends ChildProcess {
  port: number;
  /** Without those of the warm-up. */
  calls(): Promise<ExtenderCalls>;
}

/**
 * The extender as it runs in a cluster: a process of its own. Resolves when it knows the cluster and has answered for the
 * pods and nodes a few times: an extender that is measured is not one that has only just started.
 */
export async function startExtenderProcess(
  kubeconfig: string,
  settings: keyof typeof EXTENDER_FLAGS,
  warmUp: { pods: readonly object[]; nodeNames: readonly string[] },
): Promise<ExtenderProcess> {
  const flags = { kubeconfig, host: '127.0.0.1', port: 0, ...EXTENDER_FLAGS[settings] };
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  const child = startChild(NETAWARE, ['extender', ...args]);
  try {
    const ready = until('the extender is ready', START_MS, () => whyNotReady(portIn(child.log())));
    await Promise.race([ready, child.ended]);
    const port = portIn(child.log());
    if (port === undefined) throw new AppError('FAILED', 'the extender told no port');
    const url = `http://127.0.0.1:${port}`;
    for (const pod of warmUp.pods) {
      const body = JSON.stringify({ Pod: pod, NodeNames: warmUp.nodeNames });
      for (const verb of ['filter', 'prioritize']) await call(`${url}/scheduler/${verb}`, body);
    }
    const before = extenderCalls(await call(`${url}/metrics`));
    const calls = async () => callsSince(before, extenderCalls(await call(`${url}/metrics`)));
    return { ...child, port, calls };
  } catch (err) {
    await child.stop();
    throw err;
  }
}

async function whyNotReady(port: number | undefined): Promise<string | undefined> {
  if (port === undefined) return 'it does not listen yet';
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  return response.ok ? undefined : await response.text();
}

async function call(url: string, body?: string): Promise<string> {
  const response = await fetch(
    url,
    body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body },
  );
  const text = await response.text();
  if (!response.ok) throw new AppError('FAILED', `${url}: ${response.status} ${text.slice(0, 200)}`);
  return text;
}

/** The port in the extender's JSON log; it takes any that is free. */
function portIn(log: string): number | undefined {
  const port = /"port":(\d+)/.exec(log)?.[1];
  return port === undefined ? undefined : Number(port);
}
