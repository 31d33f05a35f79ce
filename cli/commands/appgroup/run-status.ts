import { findGroups } from '#cli/commands/appgroup/find-groups.ts';
import { openGroupSource } from '#cli/commands/appgroup/group-source.ts';
import { formatGroups, formatWorkloads, groupStatusOf } from '#cli/commands/appgroup/group-status.ts';
import type { ViewOptions } from '#cli/commands/appgroup/view-options.ts';
import { printResult } from '#cli/output.ts';

/** What `appgroup status` does: one group with its workloads, or a list. */
export async function status(name: string | undefined, options: ViewOptions): Promise<void> {
  const groups = (await findGroups(await openGroupSource(options), options.namespace, name)).map(groupStatusOf);
  const [group] = groups;
  if (name === undefined || group === undefined) printResult(groups, options.output, formatGroups);
  else printResult(group, options.output, () => `${formatGroups([group])}\n\n${formatWorkloads(group)}`);
}
