import type { GroupSource } from '#cli/commands/appgroup/group-source.ts';
import type { AppGroupSpec } from '#core/api/app-group.ts';
import type { AppGroupView } from '#core/api/app-group-view.ts';
import { AppError } from '#core/errors.ts';

/** The group of that name; without one all of the namespace. Throws AppError NOT_FOUND, naming what there is, where there is none. */
export async function findGroups(
  source: GroupSource,
  namespace: string,
  name: string | undefined,
): Promise<AppGroupView[]> {
  const groups = await source.groups(namespace);
  if (groups.length === 0) {
    const elsewhere = new Set((await source.groups()).map((group) => group.namespace));
    const rest = elsewhere.size === 0 ? ', nor in any other' : `; there are some in: ${[...elsewhere].join(', ')}`;
    throw new AppError('NOT_FOUND', `no AppGroup in namespace ${namespace}${rest}`);
  }
  const found = name === undefined ? groups : groups.filter((group) => group.name === name);
  if (found.length > 0) return found;
  throw new AppError('NOT_FOUND', `no AppGroup ${name} in namespace ${namespace}; there are: ${namesOf(groups)}`);
}

/** A group that can be followed. */
export type ValidGroup = AppGroupView & { spec: AppGroupSpec };

/** The group of that name; without one the only one of the namespace. Throws AppError, also where it cannot be followed. */
export async function findGroup(source: GroupSource, namespace: string, name: string | undefined): Promise<ValidGroup> {
  const groups = await findGroups(source, namespace, name);
  const [group] = groups;
  if (group === undefined || groups.length > 1) {
    const message = `there are several AppGroups in namespace ${namespace}, name one of them: ${namesOf(groups)}`;
    throw new AppError('INVALID_INPUT', message);
  }
  if (group.spec !== undefined) return { ...group, spec: group.spec };
  const reason = conditionOf(group, 'Valid')?.message ?? 'its spec is not valid';
  throw new AppError('INVALID_INPUT', `${fullName(group)} cannot be followed: ${reason}`);
}

export function conditionOf({ status }: AppGroupView, wanted: string) {
  return status?.conditions?.find(({ type }) => type === wanted);
}

/** "AppGroup store/shop" */
export function fullName({ namespace, name }: AppGroupView): string {
  return `AppGroup ${namespace}/${name}`;
}

/** Tells what is wrong with a group but does not keep it from being looked at. */
export function tellCycle(group: AppGroupView): void {
  const acyclic = conditionOf(group, 'Acyclic');
  if (acyclic?.status === 'False') process.stderr.write(`netaware: ${fullName(group)}: workloads ${acyclic.message}\n`);
}

function namesOf(groups: readonly AppGroupView[]): string {
  return groups.map(({ name }) => name).join(', ');
}
