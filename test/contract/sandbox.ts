import { randomBytes } from 'node:crypto';
import { toCustomResourceDefinition } from '#core/api/custom-resource-definition.ts';
import { CUSTOM_RESOURCES, definitionName } from '#core/api/custom-resources.ts';
import { type Api, type ApiConnection, createApi } from '#test/contract/api-connection.ts';

/** A namespace of one run's own, on an API server that has netaware's custom resources. */
export interface Sandbox {
  api: Api;
  namespace: string;
  pods: string;
  configMaps: string;
  appGroups: string;
  /** A name that no other run uses, for what has no namespace. */
  uniqueName(prefix: string): string;
}

const DEADLINE_MS = 15_000;
const INTERVAL_MS = 50;

export async function createSandbox(connection: ApiConnection): Promise<Sandbox> {
  const api = createApi(connection);
  const suffix = randomBytes(4).toString('hex');
  const namespace = `contract-${suffix}`;
  await installDefinitions(api);
  await api.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  // Pods need it where ServiceAccount admission is on and no controller makes it.
  await api.post(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  return {
    api,
    namespace,
    pods: `/api/v1/namespaces/${namespace}/pods`,
    configMaps: `/api/v1/namespaces/${namespace}/configmaps`,
    appGroups: `/apis/netaware.io/v1alpha1/namespaces/${namespace}/appgroups`,
    uniqueName: (prefix) => `${prefix}-${suffix}`,
  };
}

async function installDefinitions(api: Api): Promise<void> {
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const resource of CUSTOM_RESOURCES) {
    const { code, body } = await api.post(definitions, toCustomResourceDefinition(resource));
    if (code !== 201 && code !== 409) throw new Error(`${definitionName(resource)}: ${code} ${body.message}`);
    await until(`${definitionName(resource)} to be served`, async () => {
      const { body: answer } = await api.get(`/apis/netaware.io/v1alpha1/${resource.plural}`);
      return answer.kind === `${resource.kind}List`;
    });
  }
}

/** Waits until `isTrue`, and throws after a deadline. */
export async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`waited ${DEADLINE_MS} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

export function makeConfigMap(name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data };
}

export function makePod(name: string, spec: object = {}, metadata: object = {}) {
  const containers = [{ name: 'app', image: 'example/app:1' }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec: { containers, ...spec } };
}

export function makeAppGroup(name: string, spec: object = {}) {
  const workloads = [{ name: 'front', dependencies: [{ name: 'cart', weight: 3 }] }, { name: 'cart' }];
  return { apiVersion: 'netaware.io/v1alpha1', kind: 'AppGroup', metadata: { name }, spec: { workloads, ...spec } };
}
