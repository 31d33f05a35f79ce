import type { Verdict } from '#core/api/condition.ts';
import { namespacedName, type ObjectMeta } from '#core/api/kubernetes.ts';
import type { JudgedSpec } from '#core/appgroup/status.ts';

/** An AppGroup, and what there is to say of its spec. */
interface ClaimingGroup {
  metadata: ObjectMeta;
  judged: JudgedSpec;
}

interface Claim {
  group: string;
  workload: string;
}

/** Of each kind a message tells no more: it must not outgrow a status. */
const MOST_TOLD = 5;

/** For each object that workloads refer to, in whatever group of its namespace, who claims it. */
export type Claims = ReadonlyMap<string, readonly Claim[]>;

export function claimsOf(groups: readonly ClaimingGroup[]): Claims {
  const claims = groups.flatMap((group) =>
    referencesOf(group).map((reference) => ({ ...reference, group: group.metadata.name })),
  );
  return Map.groupBy(claims, ({ key }) => key);
}

/**
 * Whether each pod of the group belongs to one workload of this group and no other. `placed`: for each workload that the labels
 * of its pods name the nodes of these pods.
 */
export function unambiguous(
  group: ClaimingGroup,
  claims: Claims,
  placed: ReadonlyMap<string, readonly string[]> | undefined,
): Verdict {
  const type = 'Unambiguous';
  if (group.judged.read === undefined) {
    return { type, status: 'Unknown', reason: 'InvalidSpec', message: 'the spec cannot be read' };
  }
  const doubles = [
    ...new Map(
      referencesOf(group).flatMap(({ key, object }) => {
        const claimants = claims.get(key) ?? [];
        return claimants.length > 1
          ? [[key, `${object} is claimed by ${told(claimants.map(described), ' and ')}`]]
          : [];
      }),
    ).values(),
  ];
  const unknown = [...(placed ?? [])].filter(([workload]) => !group.judged.workloads.includes(workload));
  const strangers = unknown.map(
    ([workload, nodes]) =>
      `${count(nodes.length)} labelled for the workload "${workload}", which the group does not have`,
  );
  const message = [doubles, strangers].flatMap((list) => (list.length === 0 ? [] : [told(list, '; ')])).join('; ');
  if (doubles.length > 0) return { type, status: 'False', reason: 'ClaimedTwice', message };
  if (strangers.length > 0) return { type, status: 'False', reason: 'UnknownWorkload', message };
  return { type, status: 'True', reason: 'OneClaim', message: 'each pod belongs to one workload of one group' };
}

/** `key`: the same for all groups of a namespace that refer to the object. */
function referencesOf({ metadata, judged }: ClaimingGroup): { key: string; object: string; workload: string }[] {
  return (judged.read?.spec.workloads ?? []).flatMap(({ name, workloadRef }) => {
    if (workloadRef === undefined) return [];
    const { apiVersion, kind, name: object } = workloadRef;
    const [apiGroup = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [''];
    const key = [apiGroup, kind, namespacedName({ ...metadata, name: object })].join(' ');
    return [{ key, object: `${kind} "${object}"`, workload: name }];
  });
}

function described({ group, workload }: Claim): string {
  return `workload "${workload}" of "${group}"`;
}

function told(list: readonly string[], separator: string): string {
  const rest = list.length - MOST_TOLD;
  return [...list.slice(0, MOST_TOLD), ...(rest > 0 ? [`${rest} more`] : [])].join(separator);
}

function count(pods: number): string {
  return pods === 1 ? '1 pod is' : `${pods} pods are`;
}
