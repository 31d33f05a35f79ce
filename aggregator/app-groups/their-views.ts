import type { GroupState } from '#aggregator/app-groups/group-state.ts';
import type { ObservedGroup } from '#aggregator/app-groups/observed-group.ts';
import type { GroupFacts } from '#aggregator/app-groups/status.ts';
import type { AppGroupStatus } from '#core/api/app-group.ts';
import { namespacedName } from '#core/api/kubernetes.ts';
import { claimsOf, unambiguous } from '#core/appgroup/claims.ts';
import type { PlanOutcome } from '#core/appgroup/plan/plan-status.ts';
import { appGroupStatusOf } from '#core/appgroup/status.ts';

const NOT_OURS: PlanOutcome = {
  verdict: {
    type: 'Planned',
    status: 'False',
    reason: 'SchedulerPlugins',
    message: 'no plan is made for an AppGroup of scheduler-plugins: its pods are placed one by one',
  },
};

/** Returns scheduler-plugins' AppGroups with the status that they would have if they were ours; it is written nowhere. */
export function viewTheirGroups(
  state: Pick<GroupState, 'groups' | 'theirs'>,
  factsOf: (group: ObservedGroup) => Omit<ReturnType<GroupFacts>, 'planned'>,
): () => ObservedGroup[] {
  /** What was told last, so that conditions keep their times. */
  let told = new Map<string, AppGroupStatus>();
  return () => {
    const theirs = state.theirs();
    const claims = claimsOf([...state.groups(), ...theirs]);
    const now = new Date().toISOString();
    const views = theirs.map((group): ObservedGroup => {
      const facts = factsOf(group);
      const status = appGroupStatusOf({
        ...facts,
        planned: NOT_OURS,
        claims: unambiguous(group, claims, facts.placed),
        judged: group.judged,
        generation: group.metadata.generation,
        previous: told.get(namespacedName(group.metadata)),
        now,
      });
      return { ...group, status };
    });
    told = new Map(
      views.flatMap(({ metadata, status }) => (status === undefined ? [] : [[namespacedName(metadata), status]])),
    );
    return views;
  };
}
