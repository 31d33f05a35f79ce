import { describeAmounts, describeEnds } from '#core/appgroup/discover/describe-traffic.ts';
import type { Mesh } from '#core/appgroup/discover/meshes.ts';
import type { Traffic } from '#core/appgroup/discover/traffic.ts';
import { count } from '#core/appgroup/proposal.ts';
import { AppError } from '#core/errors.ts';

/** Of a kind of traffic that is left out, so many are named. */
const NAMED_LIMIT = 10;

export interface SortedTraffic {
  /** Between two workloads of the namespace. */
  inside: readonly Traffic[];
  /** Why the rest is left out, a line for each reason. */
  assumptions: readonly string[];
}

/** Keeps what an AppGroup of the namespace can have, and tells of the rest. */
export function sortTraffic(live: readonly Traffic[], mesh: Mesh, namespace: string): SortedTraffic {
  const byReason = Map.groupBy(live, (traffic) => reasonToLeaveOut(traffic, mesh, namespace));
  const assumptions = [...byReason].flatMap(([reason, left]) =>
    reason === undefined ? [] : [`left out, ${reason}: ${nameSome(left)}`],
  );
  return { inside: byReason.get(undefined) ?? [], assumptions };
}

function reasonToLeaveOut({ origin, destination }: Traffic, mesh: Mesh, namespace: string): string | undefined {
  if (origin.workload === '' || destination.workload === '') return 'as an end is not known';
  if (origin.namespace !== namespace || destination.namespace !== namespace) return 'as an end is in another namespace';
  if (origin.workload === destination.workload) return 'as no workload depends on itself';
  return mesh.isProxy(origin) || mesh.isProxy(destination) ? `as an end is ${mesh.title}'s own proxy` : undefined;
}

function nameSome(traffic: readonly Traffic[]): string {
  const named = traffic.slice(0, NAMED_LIMIT).map((pair) => `${describeEnds(pair)} (${describeAmounts(pair)})`);
  const more = traffic.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

/** The one namespace with traffic between its own workloads. Throws AppError INVALID_INPUT where there are several. */
export function onlyNamespace(live: readonly Traffic[], mesh: Mesh): string | undefined {
  const spaces = [...new Set(live.map(({ origin }) => origin.namespace))]
    .map((namespace) => ({ namespace, calls: sortTraffic(live, mesh, namespace).inside.length }))
    .filter(({ calls }) => calls > 0);
  if (spaces.length <= 1) return spaces[0]?.namespace;
  const list = spaces.map(({ namespace, calls }) => `${namespace} (${count(calls, 'call')})`).join(', ');
  throw new AppError(
    'INVALID_INPUT',
    `traffic in several namespaces, and an AppGroup has one: choose with --namespace: ${list}`,
  );
}
