import { join } from 'node:path';
import { AppError } from '#core/errors.ts';
import { until } from '#lab/until.ts';
import { type ChildProcess, startChild } from './child-process.ts';
import { type ExtenderCalls, extenderCalls } from './extender-calls.ts';

const NETAWARE = join(import.meta.dirname, '../../netaware');
const START_MS = 120_000;

export interface ExtenderProcess extends ChildProcess {
  port: number;
  calls(): Promise<ExtenderCalls>;
}

/** The extender as it runs in a cluster: a process of its own. Resolves when it knows the cluster. */
export async function startExtenderProcess(kubeconfig: string): Promise<ExtenderProcess> {
  const child = startChild(NETAWARE, ['extender', '--kubeconfig', kubeconfig, '--host', '127.0.0.1', '--port', '0']);
  const get = async (path: string) => fetch(`http://127.0.0.1:${portIn(child.log())}${path}`);
  const ready = until('the extender is ready', START_MS, async () => {
    if (portIn(child.log()) === undefined) return 'it does not listen yet';
    const response = await get('/readyz');
    return response.ok ? undefined : await response.text();
  });
  try {
    await Promise.race([ready, child.ended]);
  } catch (err) {
    await child.stop();
    throw err;
  }
  const port = portIn(child.log());
  if (port === undefined) throw new AppError('FAILED', 'the extender told no port');
  return { ...child, port, calls: async () => extenderCalls(await (await get('/metrics')).text()) };
}

/** The port in the extender's JSON log; it takes any that is free. */
function portIn(log: string): number | undefined {
  const port = /"port":(\d+)/.exec(log)?.[1];
  return port === undefined ? undefined : Number(port);
}
