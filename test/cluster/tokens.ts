import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

export const NAMESPACE = 'netaware';

/** A token of a ServiceAccount of netaware, as the kubelet asks for one; for the API server where no audience is given. */
export async function requestToken(
  client: KubernetesClient,
  account: string,
  { pod, audience }: { pod?: string; audience?: string } = {},
): Promise<string> {
  const answer = (await client.create(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${account}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      expirationSeconds: 3600,
      ...(audience === undefined ? {} : { audiences: [audience] }),
      ...(pod === undefined ? {} : { boundObjectRef: await referenceTo(client, pod) }),
    },
  })) as { status: { token: string } };
  return answer.status.token;
}

async function referenceTo(client: KubernetesClient, pod: string): Promise<object> {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${pod}`;
  const { metadata } = (await client.get(path)) as { metadata: { uid: string } };
  return { apiVersion: 'v1', kind: 'Pod', name: pod, uid: metadata.uid };
}
