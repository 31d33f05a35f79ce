import { setImmediate as nextTurn } from 'node:timers/promises';
import { isStaying, type Pod } from '#core/api/kubernetes.ts';
import { NETWORK_CHANGED_ANNOTATION } from '#core/api/names.ts';
import { membership, placeOf } from '#core/appgroup/placements.ts';
import { firstPassing } from '#core/scoring/filter.ts';
import type { ScoringConfig, Snapshot } from '#core/scoring/score.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';
import { pacedTask } from '#runtime/paced-task.ts';
import { WaitingPods } from './waiting-pods.ts';

/** Wakes pods that network limits rejected when the network has become good enough for one of them. */
export interface WakeUp {
  /** The pod found no node, because limits rejected it on these. */
  rejected(pod: Pod, nodes: readonly string[]): void;
  podChanged(before: Pod | undefined, after: Pod | undefined): void;
  networkChanged(): void;
  /** The cluster is known now: its pods, as a start finds them. The scheduler may hold back some that were rejected before. */
  started(pods: readonly Pod[]): void;
  waiting(): number;
  stop(): Promise<void>;
}

/** At most one node is patched in this time. */
const INTERVAL_MS = 1000;
/** So many nodes are judged in one go; then calls of the scheduler that came meanwhile are answered. */
const NODES_AT_ONCE = 500;

/**
 * kube-scheduler tries a rejected pod again when a node changes, but knows nothing of networks: so an annotation of one node is
 * changed. That wakes every pod that an extender rejected; those that are rejected again come back as such.
 */
export function createWakeUp(options: {
  client: KubernetesClient;
  snapshot: () => Snapshot;
  config: ScoringConfig;
  logger: Logger;
  /** Called with what became of each patch. */
  counted: (outcome: 'success' | 'failure') => void;
}): WakeUp {
  const { client, snapshot, config, logger, counted } = options;
  const waiting = new WaitingPods();
  /** AppGroups whose waiting pods are to be looked at; all where the network changed. */
  let changed: Set<string> | 'all' = new Set();
  let someMayWait = false;
  let failing = false;
  let stopped = false;

  const patching = pacedTask(async () => {
    if (stopped) return 'done';
    const looked = changed;
    changed = new Set();
    let node: string | undefined;
    try {
      node = someMayWait ? snapshot().matrix.nodes[0]?.name : await nodeThatPasses(looked);
      if (node === undefined) return 'done';
      await wake(node);
      return 'done';
    } catch (err) {
      counted('failure');
      const fields = { node, pods: waiting.size, err };
      if (!failing) logger.error(fields, 'cannot wake pods that limits had rejected; tried again');
      failing = true;
      changed = 'all';
      return 'again';
    }
  }, INTERVAL_MS);

  /** The first node found on which one of the waiting pods would pass now. One that the snapshot does not know is none. */
  async function nodeThatPasses(groups: ReadonlySet<string> | 'all'): Promise<string | undefined> {
    for (const { pod, appGroup, nodes } of [...waiting.rejected()]) {
      if (groups !== 'all' && !groups.has(appGroup)) continue;
      const names = [...nodes];
      for (let start = 0; start < names.length; start += NODES_AT_ONCE) {
        await nextTurn();
        if (stopped) return undefined;
        const now = snapshot();
        const known = names
          .slice(start, start + NODES_AT_ONCE)
          .filter((name) => now.matrix.indexOf(name) !== undefined);
        const node = firstPassing(pod, known, now, config);
        if (node !== undefined) return node;
      }
    }
    return undefined;
  }

  async function wake(node: string): Promise<void> {
    const { size: pods, turn } = waiting;
    const annotations = { [NETWORK_CHANGED_ANNOTATION]: new Date().toISOString() };
    const path = `/api/v1/nodes/${encodeURIComponent(node)}`;
    await client.patch(path, 'application/merge-patch+json', { metadata: { annotations } });
    // Those that were rejected anew meanwhile may have missed it.
    waiting.forgetUntil(turn);
    someMayWait = false;
    failing = false;
    counted('success');
    logger.info({ node, pods }, 'woke pods that limits had rejected');
  }

  /** The bandwidth that a group's replicas reserve may be what pods of any group wait for. */
  function addChanged(appGroup: string): void {
    if (changed === 'all') return;
    if (snapshot().groups.get(appGroup)?.graph.reservesBandwidth) changed = 'all';
    else changed.add(appGroup);
  }

  function look(): void {
    if (waiting.size > 0 || someMayWait) patching.request();
  }

  return {
    rejected: (pod, nodes) => waiting.add(pod, nodes),
    podChanged: (before, after) => {
      const uid = (after ?? before)?.metadata.uid;
      if (uid !== undefined && !(after && isPending(after))) waiting.forget(uid);
      const [was, is] = [placeOf(before), placeOf(after)];
      if (waiting.size === 0 || was?.node === is?.node) return;
      for (const place of [was, is]) if (place) addChanged(place.appGroup);
      look();
    },
    networkChanged: () => {
      if (waiting.size > 0) changed = 'all';
      look();
    },
    started: (pods) => {
      const known = snapshot().groups;
      someMayWait = pods.some(
        (pod) => isPending(pod) && !pod.spec.schedulingGates?.length && known.has(membership(pod)?.appGroup ?? ''),
      );
      look();
    },
    waiting: () => waiting.size,
    stop: () => {
      stopped = true;
      return patching.stop();
    },
  };
}

function isPending(pod: Pod): boolean {
  return !pod.spec.nodeName && isStaying(pod);
}
