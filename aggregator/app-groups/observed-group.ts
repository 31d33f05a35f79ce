import { z } from 'zod';
import { appGroupStatus } from '#core/api/app-group.ts';
import { objectMeta } from '#core/api/kubernetes.ts';
import { judgeSpec } from '#core/appgroup/status.ts';

/** An AppGroup as the API server holds it, also with a spec that is not valid: its status says so. */
export const observedGroup = z
  .object({ metadata: objectMeta, spec: z.unknown().optional(), status: z.unknown().optional() })
  .transform(({ metadata, spec, status }) => ({
    metadata,
    judged: judgeSpec(spec),
    status: appGroupStatus.safeParse(status).data,
  }));
export type ObservedGroup = z.output<typeof observedGroup>;
