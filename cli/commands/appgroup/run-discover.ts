import type { DiscoverOptions } from '#cli/commands/appgroup/discover.ts';
import { checkGroupOptions } from '#cli/commands/appgroup/group-options.ts';
import { printProposal } from '#cli/commands/appgroup/print-proposal.ts';
import { parseBase } from '#cli/endpoints.ts';
import { type PrometheusAddress, prometheusTime, queryPrometheus } from '#cli/prometheus.ts';
import { tlsCredentials } from '#cli/tls-options.ts';
import { APP_GROUP_LABEL, WORKLOAD_LABEL } from '#core/api/names.ts';
import { discoverAppGroup } from '#core/appgroup/discover/discover.ts';
import { MESH_NAMES, MESHES, type Mesh, type MeshName, trafficQuery } from '#core/appgroup/discover/meshes.ts';
import type { MetricSamples } from '#core/appgroup/discover/traffic.ts';
import type { Proposal } from '#core/appgroup/proposal.ts';
import { AppError } from '#core/errors.ts';
import { readTextFile } from '#runtime/text-file.ts';

/** What `appgroup discover` does. */
export async function discover(options: DiscoverOptions): Promise<void> {
  const { prometheus, mesh, bearerTokenFile, timeout, output, minShare, window, weight, ...rest } = options;
  const group = checkGroupOptions(rest);
  const base = parseBase(prometheus, '--prometheus');
  const authorization = bearerTokenFile === undefined ? undefined : `Bearer ${readTextFile(bearerTokenFile).trim()}`;
  const headers = authorization === undefined ? {} : { authorization };
  const address = { base, request: { tls: tlsCredentials(rest), headers, timeoutMs: timeout * 1000 } };
  const question: Question = {
    time: await prometheusTime(address),
    window,
    ...(group.namespace === undefined ? {} : { namespace: group.namespace }),
  };
  const inVain: string[] = [];
  for (const candidate of mesh === 'auto' ? MESH_NAMES : [mesh]) {
    const { metrics, warnings } = await countTraffic(MESHES[candidate], question, address);
    const proposal = discoverAppGroup(MESHES[candidate], metrics, { ...group, weight, minSharePercent: minShare });
    if (proposal) {
      const source = `counted by ${MESHES[candidate].title} in the last ${window}, as ${base.origin} has it`;
      const assumptions = [source, ...warnings, ...otherMeshes(mesh, candidate), ...proposal.assumptions];
      printProposal({ ...proposal, assumptions }, output);
      process.stderr.write(`${labelsOf(proposal)}\n`);
      return;
    }
    inVain.push(describeAbsence(MESHES[candidate], metrics), ...warnings);
  }
  const where = group.namespace === undefined ? 'of one namespace' : `of namespace ${group.namespace}`;
  const what = `${base.origin}: no traffic between workloads ${where} in the last ${window}`;
  throw new AppError('NOT_FOUND', `${what}; ${inVain.join('; ')}`);
}

interface Question {
  /** Seconds of Prometheus' clock. */
  time: number;
  window: string;
  namespace?: string;
}

/** Asks for all metrics of a mesh at once. */
async function countTraffic(
  mesh: Mesh,
  { time, ...question }: Question,
  address: PrometheusAddress,
): Promise<{ metrics: MetricSamples[]; warnings: string[] }> {
  const answers = await Promise.all(
    mesh.metrics.map((metric) => queryPrometheus(address, trafficQuery(mesh, metric, question), time)),
  );
  const metrics = mesh.metrics.map(({ measure }, index) => ({ measure, samples: answers[index]?.samples ?? [] }));
  const warnings = new Set(answers.flatMap((answer) => answer.warnings));
  return {
    metrics,
    warnings: [...warnings].map((warning) => `Prometheus warns, and may have told a part: ${warning}`),
  };
}

function describeAbsence({ title, metrics: asked, needs }: Mesh, metrics: readonly MetricSamples[]): string {
  const series = metrics.reduce((sum, { samples }) => sum + samples.length, 0);
  const names = asked.map(({ name }) => name).join(', ');
  const found = series === 0 ? 'nothing' : `${series} series, none of them of such traffic,`;
  return `${title}: ${found} of ${names} (it needs that ${needs})`;
}

function labelsOf({ name }: Proposal): string {
  return `its pods are those whose template is labelled ${APP_GROUP_LABEL}=${name} and ${WORKLOAD_LABEL}=<workload>`;
}

/** Meshes that nobody asked for because the traffic was found before. */
function otherMeshes(wanted: MeshName | 'auto', found: MeshName): string[] {
  const others = wanted === 'auto' ? MESH_NAMES.slice(MESH_NAMES.indexOf(found) + 1) : [];
  return others.length === 0 ? [] : [`not asked for: ${others.join(', ')} (--mesh chooses)`];
}
