import { z } from 'zod';
import { appGroupSpec, appGroupStatus } from '#core/api/app-group.ts';

// GET /v1/appgroups?namespace=&name=: the AppGroups, all or those of a namespace or a name.

export const appGroupsQuery = z.object({
  namespace: z.string().min(1).max(253).optional(),
  name: z.string().min(1).max(253).optional(),
});

const appGroupView = z.object({
  namespace: z.string(),
  name: z.string(),
  generation: z.number().optional().describe('Of the spec; that which the status is of is in the status.'),
  spec: appGroupSpec.optional().describe('Absent where it cannot be followed: the condition Valid says why.'),
  status: appGroupStatus.optional().describe('Absent until the aggregator has written one.'),
});
export type AppGroupView = z.infer<typeof appGroupView>;

/** Sorted by namespace and name. Empty where there is no such group. */
export const appGroupsView = z.object({ appGroups: z.array(appGroupView) });
export type AppGroupsView = z.infer<typeof appGroupsView>;
