import { findGroup, fullName, tellCycle } from '#cli/commands/appgroup/find-groups.ts';
import { openGroupSource } from '#cli/commands/appgroup/group-source.ts';
import type { ViewOptions } from '#cli/commands/appgroup/view-options.ts';
import { formatTable, printResult } from '#cli/output.ts';
import { AppError } from '#core/errors.ts';

/** What `appgroup order` does. */
export async function order(name: string | undefined, options: ViewOptions): Promise<void> {
  const group = await findGroup(await openGroupSource(options), options.namespace, name);
  const scheduleOrder = group.status?.scheduleOrder;
  if (scheduleOrder === undefined) {
    throw new AppError('UNAVAILABLE', `${fullName(group)} has no status yet: the aggregator has to look at it first`);
  }
  tellCycle(group);
  if (group.spec.ordering === 'None') {
    process.stderr.write(`netaware: ${fullName(group)} wants no order: its spec.ordering is None\n`);
  }
  const ordered = scheduleOrder.toSorted((a, b) => a.index - b.index);
  printResult(ordered, options.output, (places) =>
    formatTable(
      ['INDEX', 'WORKLOAD'],
      places.map(({ workload, index }) => [String(index), workload]),
    ),
  );
}
