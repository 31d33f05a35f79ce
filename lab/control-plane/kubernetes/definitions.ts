import { toCustomResourceDefinition } from '#core/api/custom-resource-definition.ts';
import { CUSTOM_RESOURCES, definitionName, resourcePath } from '#core/api/custom-resources.ts';
import { absence } from '#lab/control-plane/kubernetes/absence.ts';
import { until } from '#lab/until.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

const FIELD_MANAGER = 'netaware-lab';
const SERVED_DEADLINE_MS = 60_000;

/** Installs netaware's custom resources and waits until they are served. The embedded API server has them built in. */
export async function installDefinitions(client: KubernetesClient): Promise<void> {
  for (const resource of CUSTOM_RESOURCES) {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definitionName(resource)}`;
    await client.apply(path, FIELD_MANAGER, toCustomResourceDefinition(resource));
  }
  await untilDefinitionsAreServed(client);
}

export async function untilDefinitionsAreServed(client: KubernetesClient): Promise<void> {
  for (const resource of CUSTOM_RESOURCES) {
    await until(`${definitionName(resource)} is served`, SERVED_DEADLINE_MS, () =>
      absence(client, resourcePath(resource)),
    );
  }
}
