import { evictPods } from '#cli/commands/advise/evict-pods.ts';
import type { AdviseOptions } from '#cli/commands/advise.ts';
import { aggregatorUrl } from '#cli/endpoints.ts';
import { getJson } from '#cli/http.ts';
import { formatTable, printResult } from '#cli/output.ts';
import { tlsCredentials } from '#cli/tls-options.ts';
import { type Advice, advice } from '#core/api/advice.ts';
import { AppError } from '#core/errors.ts';
import { createKubernetesClient, loadKubeConfig } from '#runtime/kubernetes/client.ts';

const API_TIMEOUT_MS = 30_000;

/** What `netaware advise` does. */
export async function advise(options: AdviseOptions): Promise<void> {
  const { namespace, aggregator, output, evict, limit, timeout, kubeconfig, ...tls } = options;
  const url = new URL('v1/advice', await aggregatorUrl(aggregator));
  const credentials = tlsCredentials(tls);
  const ask = async (): Promise<Advice> => {
    const all = await getJson(url, advice, credentials);
    return { ...all, moves: all.moves.filter((move) => namespace === undefined || move.namespace === namespace) };
  };
  if (!evict) {
    printResult(await ask(), output, describe);
    return;
  }
  if (output !== 'table') throw new AppError('INVALID_INPUT', '--evict tells what it does line by line: leave -o out');
  const client = createKubernetesClient(loadKubeConfig(kubeconfig), { timeoutMs: API_TIMEOUT_MS });
  const tell = (line: string) => process.stdout.write(`${line}\n`);
  await evictPods({ ask, client, limit, timeoutMs: timeout * 1000, tell });
}

function describe({ moves, thresholdPercent, afterSeconds }: Advice): string {
  if (moves.length === 0) {
    return `no pod to move: none would have saved ${thresholdPercent} % of its AppGroup's network cost for ${afterSeconds} s`;
  }
  const rows = moves.map(({ namespace, pod, appGroup, workload, from, to, savingPercent, since }) => [
    `${namespace}/${pod}`,
    appGroup,
    workload,
    from,
    to,
    `${savingPercent.toFixed(1)}%`,
    since,
  ]);
  const table = formatTable(['POD', 'APP GROUP', 'WORKLOAD', 'FROM', 'TO', 'SAVES', 'SINCE'], rows);
  return `${table}\nSAVES: of the network cost of the AppGroup, all other pods staying where they are`;
}
