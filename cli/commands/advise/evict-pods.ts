import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { Advice, AdvisedMove } from '#core/api/advice.ts';
import { isReady, isStaying, type Pod, pod } from '#core/api/kubernetes.ts';
import { APP_GROUP_LABEL, WORKLOAD_LABEL } from '#core/api/names.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

const POLL_MS = 500;
/** The aggregator looks four times a minute. */
const LOOKS_MS = 120_000;

/**
 * Evicts advised pods, one at a time: the next one when another pod has taken the place of the last and is ready, if that one
 * was, and the aggregator has looked at all placements anew. A PodDisruptionBudget that refuses is told, and its pod left alone. Stops where a pod comes back to the
 * node that it was to leave, for then evicting more would help nobody.
 */
export async function evictPods(options: {
  ask: () => Promise<Advice>;
  client: KubernetesClient;
  limit: number;
  timeoutMs: number;
  tell: (line: string) => void;
}): Promise<void> {
  const { ask, client, limit, timeoutMs, tell } = options;
  const leftAlone = new Set<string>();
  let evicted = 0;
  let advice = await ask();
  while (evicted < limit) {
    const move = advice.moves.find((candidate) => !leftAlone.has(nameOf(candidate)));
    if (move === undefined) break;
    const name = nameOf(move);
    leftAlone.add(name);
    const before = await podsOfWorkload(client, move);
    const refusal = await evict(client, move, before);
    if (refusal !== undefined) {
      tell(`${name}: left alone: ${refusal}`);
      continue;
    }
    evicted += 1;
    tell(`${name}: evicted from ${move.from}`);
    const node = await replacementNode(client, move, before, timeoutMs);
    tell(`${name}: another pod of ${move.workload} is on ${node}${node === move.to ? '' : `, not on ${move.to}`}`);
    if (node === move.from) {
      tell('stopped: evicting it has changed nothing');
      return;
    }
    advice = await nextAdvice(ask);
  }
  if (evicted === 0 && leftAlone.size === 0) tell('no pod to move');
}

/** Why it was not evicted; undefined where it was. */
async function evict(client: KubernetesClient, move: AdvisedMove, pods: readonly Pod[]): Promise<string | undefined> {
  const { namespace, pod: name, from } = move;
  const found = pods.find(({ metadata }) => metadata.name === name);
  if (found === undefined || found.spec.nodeName !== from) return `it is no longer on ${from}`;
  if (!isControlled(found)) return 'no controller would make another pod in its place';
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  const deleteOptions = { preconditions: { uid: found.metadata.uid } };
  try {
    await client.create(path, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      deleteOptions,
    });
    return undefined;
  } catch (err) {
    // Refused by a budget (429), changed meanwhile, or gone: a reason to leave this one, not to stop.
    if (err instanceof AppError && ['UNAVAILABLE', 'CONFLICT', 'NOT_FOUND'].includes(err.code)) return err.message;
    throw err;
  }
}

function isControlled({ metadata }: Pod): boolean {
  const owners = metadata.ownerReferences;
  return Array.isArray(owners) && owners.some((owner: { controller?: boolean }) => owner.controller === true);
}

/** The node of a pod that was not there before. Throws AppError TIMEOUT where none has one, or is as ready as the evicted one, in time. */
async function replacementNode(
  client: KubernetesClient,
  move: AdvisedMove,
  before: readonly Pod[],
  timeoutMs: number,
): Promise<string> {
  const known = new Set(before.map(({ metadata }) => metadata.uid));
  const wasReady = before.some((candidate) => candidate.metadata.name === move.pod && isReady(candidate));
  let isPlaced = false;
  const endMs = Date.now() + timeoutMs;
  while (Date.now() < endMs) {
    const pods = await podsOfWorkload(client, move);
    const placed = pods.filter(({ metadata, spec }) => !known.has(metadata.uid) && spec.nodeName);
    const node = placed.find((candidate) => !wasReady || isReady(candidate))?.spec.nodeName;
    if (node) return node;
    isPlaced = placed.length > 0;
    await setTimeout(POLL_MS);
  }
  const missing = isPlaced ? 'the pod in its place is not ready' : 'no other pod has a node in its place';
  throw new AppError('TIMEOUT', `${nameOf(move)}: ${missing} after ${timeoutMs / 1000} s`);
}

/** Of a look at the placements that begins from now on: the one that ends next may be under way. */
async function nextAdvice(ask: () => Promise<Advice>): Promise<Advice> {
  const endMs = Date.now() + LOOKS_MS;
  let { lookedAt } = await ask();
  for (let looks = 0; Date.now() < endMs; await setTimeout(POLL_MS)) {
    const advice = await ask();
    if (advice.lookedAt === lookedAt) continue;
    lookedAt = advice.lookedAt;
    looks += 1;
    if (looks === 2) return advice;
  }
  throw new AppError('TIMEOUT', `the aggregator has not looked at the placements twice in ${LOOKS_MS / 1000} s`);
}

const podList = z.looseObject({ items: z.array(pod) });

/** Those that have not ended and are not going. */
async function podsOfWorkload(client: KubernetesClient, move: AdvisedMove): Promise<Pod[]> {
  const { namespace, appGroup, workload } = move;
  const selector = encodeURIComponent(`${APP_GROUP_LABEL}=${appGroup},${WORKLOAD_LABEL}=${workload}`);
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`;
  const { items } = parseInput(podList, await client.get(path), path);
  return items.filter(isStaying);
}

function nameOf({ namespace, pod: name }: AdvisedMove): string {
  return `${namespace}/${name}`;
}
