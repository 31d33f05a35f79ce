import type { Command } from 'commander';
import { z } from 'zod';
import { extenderUrl } from '#cli/endpoints.ts';
import { getJson } from '#cli/http.ts';
import { NEUTRAL_TEXT } from '#cli/neutral-text.ts';
import { formatTable, type OutputFormat, outputOption, printResult } from '#cli/output.ts';
import type { ExplainedLink, Explanation } from '#core/scoring/explain.ts';

interface Options {
  namespace: string;
  extender?: string;
  output: OutputFormat;
}

export function registerExplain(program: Command): void {
  program
    .command('explain')
    .argument('<pod>', 'name of the pod')
    .description('tell why each node gets its score for a pod')
    .option('-n, --namespace <name>', 'namespace of the pod', 'default')
    .option('--extender <url>', "the extender's address (default: the running lab's, or NETAWARE_EXTENDER_URL)")
    .addOption(outputOption())
    .action(async (pod: string, { namespace, extender, output }: Options) => {
      const url = new URL('/v1/explain', await extenderUrl(extender));
      url.searchParams.set('namespace', namespace);
      url.searchParams.set('pod', pod);
      printResult(await getJson(url, explanation), output, describe);
    });
}

/** Our own extender's answer: its shape is the type's, so only that it is an explanation at all is checked. */
const explanation = z.custom<Explanation>(
  (value) => typeof value === 'object' && value !== null && Array.isArray((value as Explanation).nodes),
  'not an explanation',
);

function describe({ pod, boundTo, strategy, neutral, nodes }: Explanation): string {
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
  return [...lines, formatTable(['NODE', 'SCORE', 'NETWORK COST', 'SOURCE', 'WHY'], rows)].join('\n');
}

function describeLink({ peer, role, peerNode, contribution, source, ageSeconds }: ExplainedLink): string {
  const call = role === 'dependency' ? `calls ${peer}` : `called by ${peer}`;
  const age = ageSeconds === undefined ? '' : `, ${Math.round(ageSeconds)} s ago`;
  return `${call} on ${peerNode}: ${contribution.toFixed(3)} (${source}${age})`;
}
