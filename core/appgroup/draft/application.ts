import type { z } from 'zod';
import { WORKLOAD_LABEL } from '#core/api/names.ts';
import { configMap, controller, cronJob, type PodTemplate, service } from '#core/api/workload-manifests.ts';
import { parseInput } from '#core/validation.ts';

/** An object as it stands in a file; `source` names both in messages. */
export interface ApplicationManifest {
  apiVersion: string;
  kind: string;
  value: unknown;
  source: string;
}

/** What owns pods: a Deployment, StatefulSet, DaemonSet or CronJob. */
export interface PodOwner {
  apiVersion: string;
  kind: string;
  name: string;
  /** '' where its manifest names none. */
  namespace: string;
  /** Its own labels; those of its pods are in the template. */
  labels: Readonly<Record<string, string>>;
  template: PodTemplate;
}

export interface ApplicationService {
  name: string;
  namespace: string;
  selector: Readonly<Record<string, string>>;
  ports: readonly number[];
  /** Not 'None': that of a headless Service is its pods' own. */
  clusterIP: string | undefined;
  isHeadless: boolean;
  /** The name that the Service is another name for. */
  externalName: string | undefined;
}

export interface ApplicationConfigMap {
  name: string;
  namespace: string;
  data: Readonly<Record<string, string>>;
}

/** What manifests say of an application. */
export interface Application {
  owners: readonly PodOwner[];
  services: readonly ApplicationService[];
  configMaps: readonly ApplicationConfigMap[];
  /** Kind and name of what runs pods too and was not read. */
  passedOver: readonly string[];
}

const CONTROLLERS = ['apps/v1/Deployment', 'apps/v1/StatefulSet', 'apps/v1/DaemonSet'];
const OTHER_OWNERS = ['batch/v1/Job', 'v1/Pod', 'apps/v1/ReplicaSet', 'v1/ReplicationController'];

/**
 * Reads the objects that matter; the others are passed over. Of an object that is there twice the last one counts, as for
 * `kubectl apply`. An object that names no namespace is in `defaultNamespace`. Throws AppError INVALID_INPUT naming object
 * and field.
 */
export function readApplication(manifests: readonly ApplicationManifest[], defaultNamespace = ''): Application {
  const owners = new Map<string, PodOwner>();
  const services = new Map<string, ApplicationService>();
  const configMaps = new Map<string, ApplicationConfigMap>();
  const passedOver: string[] = [];
  for (const { apiVersion, kind, value, source } of manifests) {
    const type = `${apiVersion}/${kind}`;
    if (CONTROLLERS.includes(type)) {
      const { metadata, spec } = parseInput(controller, value, source);
      keep(owners, `${kind}/`, { apiVersion, kind, ...identity(metadata), template: spec.template });
    } else if (type === 'batch/v1/CronJob') {
      const { metadata, spec } = parseInput(cronJob, value, source);
      keep(owners, `${kind}/`, { apiVersion, kind, ...identity(metadata), template: spec.jobTemplate.spec.template });
    } else if (type === 'v1/Service') {
      const { metadata, spec } = parseInput(service, value, source);
      const { labels: _labels, ...names } = identity(metadata);
      keep(services, '', { ...names, ...addressed(spec) });
    } else if (type === 'v1/ConfigMap') {
      const { metadata, data } = parseInput(configMap, value, source);
      const { labels: _labels, ...names } = identity(metadata);
      keep(configMaps, '', { ...names, data });
    } else if (OTHER_OWNERS.includes(type) && !hasOwner(value)) {
      passedOver.push(source.slice(source.lastIndexOf(': ') + 2));
    }
  }
  return {
    owners: [...owners.values()],
    services: [...services.values()],
    configMaps: [...configMaps.values()],
    passedOver,
  };

  function identity(metadata: z.infer<typeof controller>['metadata']) {
    const { name, namespace = defaultNamespace, labels } = metadata;
    return { name, namespace, labels: labels ?? {} };
  }
}

function keep<Kept extends { name: string; namespace: string }>(
  objects: Map<string, Kept>,
  prefix: string,
  object: Kept,
): void {
  objects.set(`${prefix}${object.namespace}/${object.name}`, object);
}

function addressed({ type, clusterIP, externalName, selector, ports }: z.infer<typeof service>['spec']) {
  const isHeadless = clusterIP === 'None';
  return {
    selector,
    ports: ports.map(({ port }) => port),
    clusterIP: isHeadless ? undefined : clusterIP,
    isHeadless,
    externalName: type === 'ExternalName' ? externalName : undefined,
  };
}

/** True for the pods of a ReplicaSet and the like, which kubectl prints too. */
function hasOwner(value: unknown): boolean {
  const { metadata } = value as { metadata?: { ownerReferences?: unknown[] } };
  return (metadata?.ownerReferences?.length ?? 0) > 0;
}

/** "Deployment cart". */
export function describeOwner({ kind, name }: PodOwner): string {
  return `${kind} ${name}`;
}

/** What the workload is called in an AppGroup: as its pods are labelled already, else like the object. */
export function workloadNameOf({ name, template }: PodOwner): string {
  return template.metadata.labels[WORKLOAD_LABEL] ?? name;
}

/** True where the Service sends its traffic to the owner's pods. */
export function selects({ namespace, selector }: ApplicationService, owner: PodOwner): boolean {
  const wanted = Object.entries(selector);
  const { labels } = owner.template.metadata;
  return (
    namespace === owner.namespace && wanted.length > 0 && wanted.every(([label, value]) => labels[label] === value)
  );
}
