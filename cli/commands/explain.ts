import type { Command } from 'commander';
import { z } from 'zod';
import { extenderUrl } from '#cli/endpoints.ts';
import { getJson } from '#cli/http.ts';
import { NEUTRAL_TEXT } from '#cli/neutral-text.ts';
import { formatTable, type OutputFormat, outputOption, printResult } from '#cli/output.ts';
import { addTlsOptions, type TlsOptions, tlsCredentials } from '#cli/tls-options.ts';
import { linkSource } from '#core/api/topology-view.ts';
import { describeLink } from '#core/scoring/describe-link.ts';
import type { NeutralReason } from '#core/scoring/score.ts';

interface Options extends TlsOptions {
  namespace: string;
  extender?: string;
  output: OutputFormat;
}

export function registerExplain(program: Command): void {
  const command = program
    .command('explain')
    .argument('<pod>', 'name of the pod')
    .description('tell why each node gets its score for a pod')
    .option('-n, --namespace <name>', 'namespace of the pod', 'default')
    .option('--extender <url>', "the extender's address (default: the running lab's, or NETAWARE_EXTENDER_URL)")
    .addOption(outputOption());
  addTlsOptions(command).action(async (pod: string, { namespace, extender, output, ...tls }: Options) => {
    const url = new URL('v1/explain', await extenderUrl(extender));
    url.searchParams.set('namespace', namespace);
    url.searchParams.set('pod', pod);
    printResult(await getJson(url, explanation, tlsCredentials(tls)), output, describe);
  });
}

/** What is printed of the extender's answer; the rest passes through to JSON and YAML. */
const explainedLink = z.looseObject({
  peer: z.string(),
  role: z.enum(['dependency', 'dependant']),
  peerNode: z.string(),
  contribution: z.number(),
  source: linkSource,
  ageSeconds: z.number().optional(),
  bandwidthBitsPerSecond: z.number().optional(),
  reservedBitsPerSecond: z.number().optional(),
});
const explanation = z.looseObject({
  pod: z.string(),
  boundTo: z.string().optional(),
  strategy: z.string(),
  neutral: z.enum(Object.keys(NEUTRAL_TEXT) as [NeutralReason]).optional(),
  nodes: z.array(
    z.looseObject({
      node: z.string(),
      score: z.number(),
      networkCost: z.number(),
      source: linkSource,
      rejected: z.string().optional(),
      links: z.array(explainedLink),
    }),
  ),
  nodesWithoutLinks: z.number().optional(),
});

function describe({ pod, boundTo, strategy, neutral, nodes, nodesWithoutLinks }: z.infer<typeof explanation>): string {
  const where = boundTo === undefined ? 'not bound yet' : `bound to ${boundTo}`;
  const lines = [`${pod}: ${where}; strategy ${strategy}`];
  if (neutral !== undefined) lines.push(`every node scores the same: ${NEUTRAL_TEXT[neutral]}`);
  const rows = nodes.map(({ node, score, networkCost, source, rejected, links }) => [
    node === boundTo ? `${node} *` : node,
    String(score),
    networkCost.toFixed(3),
    source,
    rejected ?? links.slice(0, 2).map(describeLink).join('; '),
  ]);
  const table = formatTable(['NODE', 'SCORE', 'NETWORK COST', 'SOURCE', 'WHY'], rows);
  const note =
    nodesWithoutLinks === undefined ? [] : [`without links: ${nodesWithoutLinks} nodes, as better ones are there`];
  return [...lines, table, ...note].join('\n');
}
