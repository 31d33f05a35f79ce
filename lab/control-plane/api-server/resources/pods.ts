import { isDeepStrictEqual } from 'node:util';
import { pod } from '#core/api/kubernetes.ts';
import {
  isObject,
  type JsonObject,
  type KubeObject,
  objectOrEmpty,
  timestamp,
  without,
} from '#lab/control-plane/api-server/kube-object.ts';
import { checkFieldTypes } from '#lab/control-plane/api-server/resources/decode.ts';
import { type FieldError, invalid } from '#lab/control-plane/api-server/status-error.ts';

const TYPE = { group: '', kind: 'Pod' };

const SPEC_DEFAULTS = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  enableServiceLinks: true,
  priority: 0,
  securityContext: {},
};

/** A new pod with Kubernetes' defaults, pending, and with the condition SchedulingGated where it has gates. */
export function admitPodCreate(object: KubeObject): KubeObject {
  const spec = objectOrEmpty(object.spec);
  const errors = checkContainers(spec);
  const gates = asObjects(spec.schedulingGates);
  if (gates.length > 0 && spec.nodeName !== undefined) {
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  if (errors.length > 0) throw invalid(TYPE, object.metadata.name, errors);
  checkFieldTypes(object, pod);
  return {
    ...object,
    spec: withDefaults(spec),
    status: { phase: 'Pending', ...(gates.length > 0 ? { conditions: [gatedCondition(new Date())] } : {}) },
  };
}

/** Refuses changes of the spec beside those that Kubernetes allows. */
export function admitPodUpdate(next: KubeObject, current: KubeObject): KubeObject {
  checkFieldTypes(next, pod);
  const spec = withDefaults(objectOrEmpty(next.spec));
  const before = objectOrEmpty(current.spec);
  const errors = [...checkContainers(spec), ...checkGates(spec, before)];
  if (errors.length === 0 && !isDeepStrictEqual(fixedPart(spec, before), fixedPart(before, before))) {
    const allowed =
      '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
    errors.push(forbiddenField('spec', `pod updates may not change fields other than ${allowed}`));
  }
  if (errors.length > 0) throw invalid(TYPE, next.metadata.name, errors);
  return { ...next, spec };
}

export function podCondition(type: string, status: string, now: Date): JsonObject {
  return { type, status, lastProbeTime: null, lastTransitionTime: timestamp(now) };
}

function withDefaults(spec: JsonObject): JsonObject {
  return { ...SPEC_DEFAULTS, ...spec, containers: asObjects(spec.containers).map(withDefaultRequests) };
}

function gatedCondition(now: Date): JsonObject {
  const message = 'Scheduling is blocked due to non-empty scheduling gates';
  return { ...podCondition('PodScheduled', 'False', now), reason: 'SchedulingGated', message };
}

function checkContainers(spec: JsonObject): FieldError[] {
  const containers = asObjects(spec.containers);
  if (containers.length === 0) return [requiredField('spec.containers')];
  return containers.flatMap((container, index) =>
    ['name', 'image']
      .filter((name) => container[name] === undefined || container[name] === '')
      .map((name) => requiredField(`spec.containers[${index}].${name}`)),
  );
}

function checkGates(spec: JsonObject, before: JsonObject): FieldError[] {
  const known = new Set(asObjects(before.schedulingGates).map(({ name }) => name));
  return asObjects(spec.schedulingGates).flatMap(({ name }, index) =>
    known.has(name)
      ? []
      : [
          forbiddenField(
            `spec.schedulingGates[${index}].name`,
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  );
}

/** The spec without what an update may change; while a pod is gated its nodeSelector may gain keys. */
function fixedPart(spec: JsonObject, before: JsonObject): JsonObject {
  const fixed = without(
    spec,
    'schedulingGates',
    'activeDeadlineSeconds',
    'tolerations',
    'terminationGracePeriodSeconds',
  );
  const withoutImages = {
    ...fixed,
    containers: asObjects(spec.containers).map((container) => without(container, 'image')),
  };
  if (asObjects(before.schedulingGates).length === 0) return withoutImages;
  const selected = Object.keys(objectOrEmpty(before.nodeSelector));
  const nodeSelector = selected.map((key) => [key, objectOrEmpty(spec.nodeSelector)[key]]);
  return { ...without(withoutImages, 'affinity'), nodeSelector: Object.fromEntries(nodeSelector) };
}

/** A limit without a request is the request as well. */
function withDefaultRequests(container: JsonObject): JsonObject {
  const resources = objectOrEmpty(container.resources);
  if (!isObject(resources.limits)) return { ...container, resources };
  return {
    ...container,
    resources: { ...resources, requests: { ...resources.limits, ...objectOrEmpty(resources.requests) } },
  };
}

function asObjects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function requiredField(field: string): FieldError {
  return { reason: 'FieldValueRequired', field, message: 'Required value' };
}

function forbiddenField(field: string, why: string): FieldError {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${why}` };
}
