import { describeAmount, describeAmounts, describeEnds } from '#core/appgroup/discover/describe-traffic.ts';
import { directFlows } from '#core/appgroup/discover/directions.ts';
import { onlyNamespace, sortTraffic } from '#core/appgroup/discover/inside-traffic.ts';
import type { Mesh } from '#core/appgroup/discover/meshes.ts';
import { isLive, type Measure, type MetricSamples, sumTraffic, type Traffic } from '#core/appgroup/discover/traffic.ts';
import {
  LARGEST_WEIGHT,
  type Weighed,
  type WeighedTraffic,
  weighTraffic,
  weightsOf,
} from '#core/appgroup/discover/weights.ts';
import { leaveOut } from '#core/appgroup/excluded.ts';
import { compareNames, fittingName, type Proposal, type ProposedWorkload } from '#core/appgroup/proposal.ts';
import { AppError } from '#core/errors.ts';

export interface DiscoverOptions {
  /** Of the group; else its namespace's. */
  name?: string;
  /** Of the workloads; else the one that all of them are in. */
  namespace?: string;
  exclude?: readonly string[];
  weight: 'requests' | 'bytes';
  /** Calls with less of the group's traffic than this, in percent, are left out. */
  minSharePercent: number;
}

/**
 * Makes an AppGroup of the traffic that a mesh counted between workloads of one namespace; undefined where it counted none.
 * Throws AppError INVALID_INPUT where there is traffic in several namespaces and none is chosen, or for bytes of a mesh that
 * does not count them.
 */
export function discoverAppGroup(
  mesh: Mesh,
  metrics: readonly MetricSamples[],
  options: DiscoverOptions,
): Proposal | undefined {
  const live = sumTraffic(metrics, mesh.endsOf).filter(isLive);
  const namespace = options.namespace ?? onlyNamespace(live, mesh);
  if (namespace === undefined) return undefined;
  const sorted = sortTraffic(live, mesh, namespace);
  if (sorted.inside.length === 0) return undefined;
  if (!mesh.metrics.some(({ measure }) => measure === options.weight)) {
    throw new AppError('INVALID_INPUT', `--weight ${options.weight}: ${mesh.title} does not count ${options.weight}`);
  }
  const excluded = leaveOut(new Set(sorted.inside.flatMap(endsOf)), options.exclude ?? []);
  const { traffic, undirected } = directFlows(
    sorted.inside.filter((pair) => !endsOf(pair).some((name) => excluded.has(name))),
  );
  const weighed = weighTraffic(traffic, options.weight, otherMeasure(options.weight, traffic));
  const { kept, small } = splitByShare(weighed.traffic, options.minSharePercent);
  if (kept.length === 0) {
    const reason =
      traffic.length === 0 ? '--exclude leaves no call' : `every call is below --min-share ${options.minSharePercent}`;
    throw new AppError('INVALID_INPUT', reason);
  }
  const weights = weightsOf(kept.map(({ amount }) => amount));
  return {
    name: options.name ?? fittingName(namespace),
    namespace,
    workloads: workloadsOf(kept),
    calls: kept.map((pair, index) => ({
      origin: fittingName(pair.origin.workload),
      destination: fittingName(pair.destination.workload),
      weight: weights[index] as number,
      because: describeAmounts(pair),
    })),
    assumptions: [
      ...weighingAssumptions(weighed, options.weight),
      ...[...excluded].map((name) => `${name} is left out, as asked for`),
      ...small,
      ...undirected.map(describeUndirected),
      ...sorted.assumptions,
    ],
  };
}

function endsOf({ origin, destination }: Traffic): string[] {
  return [origin.workload, destination.workload];
}

/** What is looked at where the measure that is weighed by was not counted. */
function otherMeasure(weight: 'requests' | 'bytes', traffic: readonly Traffic[]): Measure {
  const others: readonly Measure[] = weight === 'bytes' ? ['requests'] : ['bytes', 'flows'];
  return others.find((measure) => traffic.some(({ amounts }) => (amounts[measure] ?? 0) > 0)) ?? 'connections';
}

function splitByShare(traffic: readonly WeighedTraffic[], minSharePercent: number) {
  const total = traffic.reduce((sum, { amount }) => sum + amount, 0);
  const shareOf = ({ amount }: WeighedTraffic) => (total > 0 ? (amount / total) * 100 : 100);
  return {
    kept: traffic.filter((pair) => shareOf(pair) >= minSharePercent),
    small: traffic
      .filter((pair) => shareOf(pair) < minSharePercent)
      .map(
        (pair) =>
          `${describeEnds(pair)} is left out: ${shareOf(pair).toPrecision(2)} % of the traffic is below --min-share`,
      ),
  };
}

function weighingAssumptions({ traffic, measure, ratio }: Weighed, wanted: Measure): string[] {
  const reckoned = traffic.filter(({ isReckoned }) => isReckoned);
  return [
    ...(measure === wanted ? [] : [`weighed by ${measure}: no ${wanted} were counted`]),
    `weights are in proportion to ${measure}, the largest is ${LARGEST_WEIGHT}, none is below 1`,
    ...reckoned.map((pair) => {
      const ends = `${describeEnds(pair)} has no ${measure} of its own`;
      if (ratio === undefined) return `${ends}: it weighs the least`;
      return `${ends}: ${describeAmounts(pair)} count as ${describeAmount(pair.amount, measure)}, in the proportion of the others`;
    }),
  ];
}

function describeUndirected({ origin, destination }: Traffic): string {
  return (
    `nothing tells whether ${origin.workload} or ${destination.workload} calls the other: both do here, each with the flows ` +
    "that go its way; Hubble's metric tcp would tell"
  );
}

/** Every workload that calls or is called, with the object that owns its pods where the mesh told its kind. */
function workloadsOf(traffic: readonly Traffic[]): ProposedWorkload[] {
  const ends = traffic.flatMap(({ origin, destination }) => [origin, destination]);
  return [...Map.groupBy(ends, ({ workload }) => fittingName(workload))]
    .toSorted(([a], [b]) => compareNames(a, b))
    .map(([name, same]) => {
      const { kind, workload = name } = same.find((end) => end.kind !== undefined) ?? {};
      const apiVersion = kind === 'CronJob' || kind === 'Job' ? 'batch/v1' : 'apps/v1';
      return { name, ...(kind === undefined ? {} : { workloadRef: { apiVersion, kind, name: workload } }) };
    });
}
