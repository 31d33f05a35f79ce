import { z } from 'zod';
import { type AppGroup, appGroupStatus } from '#core/api/app-group.ts';
import { objectMeta } from '#core/api/kubernetes.ts';
import { API_VERSION } from '#core/api/names.ts';
import { knownGroup } from '#core/appgroup/known-group.ts';
import { judgeSpec } from '#core/appgroup/status.ts';
import { appGroupOfTheirs } from '#core/diktyo/app-group.ts';

/**
 * An AppGroup as the API server holds it, also with a spec that is not valid: its status says so, and `known` is not there. A
 * status that is not valid counts as none.
 */
export const observedGroup = z
  .object({ metadata: objectMeta, spec: z.unknown().optional(), status: z.unknown().optional() })
  .transform(({ metadata, spec, status: found }) => {
    const judged = judgeSpec(spec);
    const { data: status } = appGroupStatus.safeParse(found);
    if (judged.read === undefined) return { metadata, judged, status };
    const group: AppGroup = { apiVersion: API_VERSION, kind: 'AppGroup', metadata, spec: judged.read.spec, status };
    return { metadata, judged, status, known: knownGroup(group, judged.read.graph) };
  });
export type ObservedGroup = z.output<typeof observedGroup>;

/** An AppGroup of scheduler-plugins as if it were one of ours; what its status says there is not for us. */
export const observedGroupOfTheirs = appGroupOfTheirs.transform(
  (group): ObservedGroup => ({
    metadata: group.metadata,
    judged: judgeSpec(group.spec),
    status: undefined,
    known: knownGroup(group),
  }),
);
