import type { ApplicationManifest } from '#core/appgroup/draft/application.ts';

interface OwnerOptions {
  kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob';
  namespace?: string;
  /** Of its pods; they have `app` in any case. */
  labels?: Record<string, string>;
  env?: Record<string, string>;
  /** Fields of its one container. */
  container?: object;
  /** Fields of its pods' spec. */
  spec?: object;
}

/** What owns pods labelled app=NAME, with one container. */
export function makeOwner(name: string, options: OwnerOptions = {}): ApplicationManifest {
  const { kind = 'Deployment', namespace, labels = {}, env = {}, container = {}, spec = {} } = options;
  const variables = Object.entries(env).map(([variable, value]) => ({ name: variable, value }));
  const template = {
    metadata: { labels: { app: name, ...labels } },
    spec: { containers: [{ name: 'main', env: variables, ...container }], ...spec },
  };
  const apiVersion = kind === 'CronJob' ? 'batch/v1' : 'apps/v1';
  return manifest(apiVersion, kind, name, namespace, {
    spec: kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template },
  });
}

/** A Service for pods labelled app=NAME. */
export function makeService(
  name: string,
  options: { namespace?: string; ports?: number[]; spec?: object } = {},
): ApplicationManifest {
  const { namespace, ports = [80], spec = {} } = options;
  const fields = { selector: { app: name }, ports: ports.map((port) => ({ port })), ...spec };
  return manifest('v1', 'Service', name, namespace, { spec: fields });
}

export function makeConfigMap(name: string, data: Record<string, string>, namespace?: string): ApplicationManifest {
  return manifest('v1', 'ConfigMap', name, namespace, { data });
}

/** A Deployment and its Service. */
export function makeServed(
  name: string,
  options: OwnerOptions & { ports?: number[]; serviceSpec?: object } = {},
): ApplicationManifest[] {
  const { ports, serviceSpec, ...owner } = options;
  const { namespace } = owner;
  return [
    makeOwner(name, owner),
    makeService(name, {
      ...(namespace === undefined ? {} : { namespace }),
      ...(ports === undefined ? {} : { ports }),
      ...(serviceSpec === undefined ? {} : { spec: serviceSpec }),
    }),
  ];
}

function manifest(
  apiVersion: string,
  kind: string,
  name: string,
  namespace: string | undefined,
  fields: object,
): ApplicationManifest {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion, kind, value: { apiVersion, kind, metadata, ...fields }, source: `app.yaml: ${kind} ${name}` };
}
