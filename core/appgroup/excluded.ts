import { AppError } from '#core/errors.ts';

/** The names that are to be left out of a group. Throws AppError INVALID_INPUT for one that is not there: it is misspelt. */
export function leaveOut(workloads: ReadonlySet<string>, exclude: readonly string[]): ReadonlySet<string> {
  const unknown = exclude.find((name) => !workloads.has(name));
  if (unknown === undefined) return new Set(exclude);
  const known = [...workloads].toSorted().join(', ');
  throw new AppError('INVALID_INPUT', `--exclude: no workload "${unknown}"; there are ${known || 'none'}`);
}
