import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

/** What somebody may do, as `kubectl auth can-i` has it. */
export interface Access {
  verb: string;
  group?: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

/** Whether the API server allows it to a user. */
export async function isAllowed(admin: KubernetesClient, user: string, access: Access): Promise<boolean> {
  const { status } = (await admin.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, resourceAttributes: access },
  })) as { status: { allowed: boolean } };
  return status.allowed;
}

export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

/** Everything that a rule of a role allows. */
export function accessesOf({ apiGroups, resources, verbs, resourceNames = [''] }: Rule): Access[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((path) => {
      const [resource = '', subresource = ''] = path.split('/');
      return verbs.flatMap((verb) => resourceNames.map((name) => ({ verb, group, resource, subresource, name })));
    }),
  );
}
