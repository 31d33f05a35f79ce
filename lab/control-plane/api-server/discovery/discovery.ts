import type { JsonObject } from '#lab/control-plane/api-server/kube-object.ts';
import { apiVersionOf, type ResourceType } from '#lab/control-plane/api-server/resource-type.ts';

/** The release of Kubernetes whose behaviour the server follows. */
export const VERSION_INFO = {
  major: '1',
  minor: '35',
  gitVersion: 'v1.35.0+netaware-lab',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch}`,
};

/** GET /api */
export function coreVersions(): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

/** GET /apis */
export function groupList(types: readonly ResourceType[]): JsonObject {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groupNames(types).map((name) => describeGroup(name, types)),
  };
}

/** GET /apis/GROUP; undefined where there is no such group. */
export function groupDocument(name: string, types: readonly ResourceType[]): JsonObject | undefined {
  if (!groupNames(types).includes(name)) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(name, types) };
}

/** GET /api/v1 and /apis/GROUP/VERSION; undefined where there is no such group version. */
export function resourceList(groupVersion: string, types: readonly ResourceType[]): JsonObject | undefined {
  const inVersion = types.filter((type) => apiVersionOf(type) === groupVersion);
  if (inVersion.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: inVersion.flatMap(describeResource) };
}

function groupNames(types: readonly ResourceType[]): string[] {
  return [...new Set(types.map(({ group }) => group))].filter((name) => name !== '');
}

function describeGroup(name: string, types: readonly ResourceType[]): JsonObject {
  const names = new Set(types.filter(({ group }) => group === name).map(({ version }) => version));
  const versions = [...names].map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function describeResource(type: ResourceType): JsonObject[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = type;
  const resource = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: VERBS,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
  };
  const subresource = (name: string, subresourceKind: string, verbs: string[]) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind: subresourceKind,
    verbs,
  });
  return [
    resource,
    ...(type.hasStatus ? [subresource('status', kind, ['get', 'patch', 'update'])] : []),
    ...(plural === 'pods' && type.group === '' ? [subresource('binding', 'Binding', ['create'])] : []),
  ];
}
