import { z } from 'zod';

/** How one extender is called, with the meaning that kube-scheduler's configuration gives the fields. */
export const extenderConfig = z.object({
  urlPrefix: z.url(),
  filterVerb: z.string().min(1).optional(),
  prioritizeVerb: z.string().min(1).optional(),
  weight: z.int().min(1).default(1),
  nodeCacheCapable: z.boolean().default(false).describe('The extender knows the nodes: it gets and gives names only.'),
  ignorable: z.boolean().default(false).describe('Scheduling goes on without it where its filter fails.'),
  httpTimeoutMs: z.int().min(1).default(5_000),
});
export type ExtenderConfig = z.infer<typeof extenderConfig>;

export const schedulerProfile = z.object({
  schedulerName: z.string().min(1),
  extenders: z.array(extenderConfig).default([]),
});
export type SchedulerProfile = z.infer<typeof schedulerProfile>;
