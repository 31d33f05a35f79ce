import { isDeepStrictEqual } from 'node:util';
import type { ConditionEvents } from '#aggregator/app-groups/condition-events.ts';
import type { ObservedGroup } from '#aggregator/app-groups/observed-group.ts';
import { FIELD_MANAGER } from '#aggregator/field-manager.ts';
import type { AppGroupStatus, PlacementPlan } from '#core/api/app-group.ts';
import { APP_GROUP, resourcePath } from '#core/api/custom-resources.ts';
import { namespacedName } from '#core/api/kubernetes.ts';
import { API_VERSION } from '#core/api/names.ts';
import { claimsOf, unambiguous } from '#core/appgroup/claims.ts';
import { appGroupStatusOf } from '#core/appgroup/status.ts';
import { AppError } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

/** What was written over which version of a group: until the watch brings a newer one, that is what the API server holds. */
interface Written {
  resourceVersion: string | undefined;
  status: AppGroupStatus;
}

/** A group as the watch told of it. */
type HeldGroup = Pick<ObservedGroup, 'metadata' | 'status'>;

/** What is told of a group beside its spec. */
export type GroupFacts = (
  group: ObservedGroup,
) => Pick<Parameters<typeof appGroupStatusOf>[0], 'placed' | 'placementCost' | 'planned' | 'drifted'>;

/** Keeps the status of AppGroups. */
export class AppGroupStatusWriter {
  readonly #client: KubernetesClient;
  readonly #facts: GroupFacts;
  readonly #events: ConditionEvents;
  #written = new Map<string, Written>();
  /** Groups whose status was not taken when it was last sent. */
  #refused: ReadonlySet<string> = new Set<string>();

  constructor(client: KubernetesClient, facts: GroupFacts, events: ConditionEvents) {
    this.#client = client;
    this.#facts = facts;
    this.#events = events;
  }

  /**
   * Writes the status of at most `most` groups whose status differs; only of those named, where names are given. Returns whether
   * it got to all. Throws what failed: what is refused holds up no other group, and is tried again after them; what is not valid
   * when the group changes.
   */
  async write(groups: readonly ObservedGroup[], most: number, names?: ReadonlySet<string>): Promise<boolean> {
    const now = new Date().toISOString();
    this.#written = new Map(
      groups.map(keyOf).flatMap((key) => {
        const written = this.#written.get(key);
        return written === undefined ? [] : [[key, written] as const];
      }),
    );
    const refused = new Set(groups.map(keyOf)).intersection(this.#refused);
    this.#refused = refused;
    const claims = claimsOf(groups);
    const due = groups.flatMap((group) => {
      if (names?.has(keyOf(group)) === false) return [];
      const previous = this.#previous(group);
      const facts = this.#facts(group);
      const status = appGroupStatusOf({
        ...facts,
        claims: unambiguous(group, claims, facts.placed),
        judged: group.judged,
        generation: group.metadata.generation,
        previous,
        now,
      });
      return differs(previous, status) ? [{ group, previous, status }] : [];
    });
    const refusals: unknown[] = [];
    for (const { group, previous, status } of this.#refusedLast(due).slice(0, most)) {
      const key = keyOf(group);
      refused.delete(key);
      try {
        await this.#apply(group, status);
        this.#events(group.metadata, previous, status);
      } catch (err) {
        if (!(err instanceof AppError) || err.code === 'UNAVAILABLE') throw err;
        refusals.push(err);
        refused.add(key);
        if (err.code !== 'INVALID_INPUT') continue;
      }
      this.#written.set(key, { resourceVersion: group.metadata.resourceVersion, status });
    }
    if (refusals.length > 0) throw refusals[0];
    return due.length <= most;
  }

  /** Whether the plan was written last, by this process or the one before it. */
  hasWritten(group: HeldGroup, plan: PlacementPlan): boolean {
    return this.#previous(group)?.plan?.calculatedAt === plan.calculatedAt;
  }

  #previous(group: HeldGroup): AppGroupStatus | undefined {
    const written = this.#written.get(keyOf(group));
    return written?.resourceVersion === group.metadata.resourceVersion ? written?.status : group.status;
  }

  #refusedLast<Due extends { group: ObservedGroup }>(due: readonly Due[]): Due[] {
    const isRefused = ({ group }: Due) => this.#refused.has(keyOf(group));
    return due.toSorted((a, b) => Number(isRefused(a)) - Number(isRefused(b)));
  }

  async #apply(group: ObservedGroup, status: AppGroupStatus): Promise<void> {
    const { name, namespace = 'default' } = group.metadata;
    const path = `${resourcePath(APP_GROUP, namespace)}/${name}/status`;
    try {
      const identity = { apiVersion: API_VERSION, kind: APP_GROUP.kind, metadata: { name, namespace } };
      await this.#client.apply(path, FIELD_MANAGER, { ...identity, status });
    } catch (err) {
      // It was deleted meanwhile, and the watch has not told yet.
      if (!(err instanceof AppError && err.code === 'NOT_FOUND')) throw err;
    }
  }
}

function keyOf({ metadata }: HeldGroup): string {
  return namespacedName(metadata);
}

/** In what the aggregator writes of a status, in whatever order the API server keeps it. */
function differs(previous: AppGroupStatus | undefined, next: AppGroupStatus): boolean {
  const types = new Set(next.conditions?.map(({ type }) => type));
  const conditions = previous?.conditions?.filter(({ type }) => types.has(type));
  return !isDeepStrictEqual(ordered({ ...previous, conditions }), ordered(next));
}

function ordered(status: AppGroupStatus): object {
  const { observedGeneration, conditions = [], scheduleOrder = [], workloads = [], ...rest } = status;
  return {
    plan: rest.plan,
    placementCost: rest.placementCostPartsPerMillion,
    observedGeneration,
    conditions: new Map(conditions.map((condition) => [condition.type, condition])),
    scheduleOrder: new Map(scheduleOrder.map(({ workload, index }) => [workload, index])),
    workloads: new Map(workloads.map((workload) => [workload.name, workload])),
  };
}
