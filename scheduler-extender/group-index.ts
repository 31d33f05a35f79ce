import { isDeepStrictEqual } from 'node:util';
import type { AppGroup } from '#core/api/app-group.ts';
import { namespacedName } from '#core/api/kubernetes.ts';
import { type KnownGroup, knownGroup } from '#core/appgroup/known-group.ts';

/** Where an AppGroup comes from; of two with one name the first counts. */
const SOURCES = ['own', 'theirs'] as const;

/** The AppGroups that decisions follow, by "namespace/name": netaware's own, and scheduler-plugins' as if they were. */
export class GroupIndex {
  readonly #bySource = { own: new Map<string, KnownGroup>(), theirs: new Map<string, KnownGroup>() };
  readonly #known = new Map<string, KnownGroup>();

  /** Live: it shows every change. */
  get known(): ReadonlyMap<string, KnownGroup> {
    return this.#known;
  }

  /** The group as it was and is now. Returns whether its spec changed: of a status that changes only the plan is read. */
  change(source: (typeof SOURCES)[number], before: AppGroup | undefined, after: AppGroup | undefined): boolean {
    const group = after ?? before;
    if (group === undefined) return false;
    const name = namespacedName(group.metadata);
    const groups = this.#bySource[source];
    const isSame = before !== undefined && after !== undefined && isDeepStrictEqual(before.spec, after.spec);
    if (after) groups.set(name, knownGroup(after, isSame ? groups.get(name)?.graph : undefined));
    else groups.delete(name);
    const first = SOURCES.map((each) => this.#bySource[each].get(name)).find((known) => known !== undefined);
    if (first) this.#known.set(name, first);
    else this.#known.delete(name);
    return !isSame;
  }
}
