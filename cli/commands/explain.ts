import type { Command } from 'commander';
import { z } from 'zod';
import { extenderUrl } from '#cli/endpoints.ts';
import { getJson } from '#cli/http.ts';
import { NEUTRAL_TEXT } from '#cli/neutral-text.ts';
import { formatTable, type OutputFormat, outputOption, printResult } from '#cli/output.ts';
import { addTlsOptions, type TlsOptions, tlsCredentials } from '#cli/tls-options.ts';
import { rttMethod } from '#core/api/agent.ts';
import { linkSource } from '#core/api/topology-view.ts';
import { describeLink } from '#core/scoring/describe-link.ts';
import { costDifference } from '#core/scoring/placement-reason.ts';
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
    .description('tell why a pod is on its node, and why each node gets its score for it')
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
  rttMethod: rttMethod.optional(),
  ageSeconds: z.number().optional(),
  bandwidthBitsPerSecond: z.number().optional(),
  reservedBitsPerSecond: z.number().optional(),
});
const candidate = z.looseObject({ node: z.string(), score: z.number(), networkCost: z.number() });
const explanation = z.looseObject({
  pod: z.string(),
  boundTo: z.string().optional(),
  strategy: z.string(),
  neutral: z.enum(Object.keys(NEUTRAL_TEXT) as [NeutralReason]).optional(),
  chosen: candidate.extend({ largestTerms: z.array(explainedLink) }).optional(),
  runnerUp: candidate.optional(),
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

type ExplanationView = z.infer<typeof explanation>;

function describe(view: ExplanationView): string {
  const { pod, boundTo, strategy, nodes, nodesWithoutLinks } = view;
  const where = boundTo === undefined ? 'not bound yet' : `bound to ${boundTo}`;
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
  return [`${pod}: ${where}; strategy ${strategy}`, ...describeChoice(view), table, ...note].join('\n');
}

/** As things stand now: what was measured since the pod was bound counts, too. */
function describeChoice({ neutral, boundTo, chosen, runnerUp, nodes }: ExplanationView): string[] {
  if (neutral !== undefined) return [`every node scores the same: ${NEUTRAL_TEXT[neutral]}`];
  if (chosen === undefined) {
    return [boundTo === undefined ? "no node keeps the AppGroup's limits" : 'its node is not known'];
  }
  const { node, score, networkCost, largestTerms } = chosen;
  const rejected = nodes.find((other) => other.node === node)?.rejected;
  const reason = rejected === undefined ? '' : `; it would be rejected now: ${rejected}`;
  return [
    `${boundTo === undefined ? 'best' : 'chosen'}: ${node}, score ${score}, network cost ${networkCost.toFixed(3)}${reason}`,
    runnerUp === undefined ? 'runner-up: none, as no other node passes' : describeRunnerUp(chosen, runnerUp),
    'largest terms:',
    ...largestTerms.map((link) => `  ${describeLink(link)}`),
  ];
}

type CandidateView = z.infer<typeof candidate>;

/** "runner-up: n3, score 80 (10 less), network cost 0.400 (0.200 more)" */
function describeRunnerUp(chosen: CandidateView, { node, score, networkCost }: CandidateView): string {
  const points = Math.abs(score - chosen.score);
  const scored = points === 0 ? 'the same' : `${points} ${score > chosen.score ? 'more' : 'less'}`;
  const cost = `${networkCost.toFixed(3)} (${costDifference(networkCost - chosen.networkCost)})`;
  return `runner-up: ${node}, score ${score} (${scored}), network cost ${cost}`;
}
