import { APP_GROUP_LABEL, SCHEDULER_NAME, WORKLOAD_LABEL } from '#core/api/names.ts';
import type { PodOwner } from '#core/appgroup/draft/application.ts';
import type { Draft } from '#core/appgroup/draft/draft.ts';

/** What the pod template of an owner lacks to be in a group: labels, in a strategic merge patch. */
export interface LabelPatch {
  owner: PodOwner;
  patch: object;
}

/** One for each owner whose pods are not labelled as of the group. */
export function missingLabels({ name: group, owners }: Pick<Draft, 'name' | 'owners'>): LabelPatch[] {
  return [...owners].flatMap(([owner, workload]) => {
    const wanted = Object.entries({ [APP_GROUP_LABEL]: group, [WORKLOAD_LABEL]: workload });
    const missing = wanted.filter(([label, value]) => owner.template.metadata.labels[label] !== value);
    if (missing.length === 0) return [];
    const template = { metadata: { labels: Object.fromEntries(missing) } };
    const spec = owner.kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
    return [{ owner, patch: { spec } }];
  });
}

/** The patch as Kustomize takes it, below `patches` in a kustomization. */
export function patchManifest({ owner, patch }: LabelPatch): object {
  const { apiVersion, kind, name, namespace } = owner;
  return { apiVersion, kind, metadata: { name, ...(namespace === '' ? {} : { namespace }) }, ...patch };
}

/** The patch as a command, to be pasted into a shell. */
export function patchCommand({ owner, patch }: LabelPatch): string {
  const namespace = owner.namespace === '' ? '' : ` -n ${owner.namespace}`;
  return `kubectl patch ${owner.kind.toLowerCase()} ${owner.name}${namespace} -p '${JSON.stringify(patch)}'`;
}

/** Owners whose pods another scheduler than netaware's places. */
export function placedByOthers({ owners }: Pick<Draft, 'owners'>): PodOwner[] {
  return [...owners.keys()].filter(({ template }) => template.spec.schedulerName !== SCHEDULER_NAME);
}
