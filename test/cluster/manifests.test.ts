import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP_GROUP } from '#core/api/custom-resources.ts';
import { until } from '#lab/until.ts';
import { type Access, isAllowed } from '#test/cluster/access.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { createKubectl, type Kubectl } from '#test/cluster/kubectl.ts';
import { REFUSED_OBJECTS } from '#test/contract/refused-objects.ts';
import { EXAMPLES, type Manifest, manifestPath } from '#test/manifests/kustomize.ts';
import { meetsRequirements } from '#test/requirements.ts';

// What `kubectl apply -k` installs, on a real API server with its admission and its controllers.

const SUITE = 'the manifests on a real control plane';
const canRun = meetsRequirements(SUITE, { tools: ['kubectl'] }) && hasControlPlane(SUITE);
const DEADLINE_MS = 90_000;
/** Hundreds of objects, three times. */
const APPLY_DEADLINE_MS = 300_000;

/** cert-manager's own definitions are not ours to ship: these take whatever the manifests say. */
const CERT_MANAGER = ['Issuer', 'Certificate'].map((kind) => {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.cert-manager.io` },
    spec: {
      group: 'cert-manager.io',
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
});

/** The API server warns whoever lists them. */
const DEPRECATED = ['componentstatuses', 'endpoints'];

const listOf = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

describe.runIf(canRun)(SUITE, () => {
  let cluster: Cluster;
  let kubectl: Kubectl;

  beforeAll(async () => {
    cluster = await startCluster({ withDefinitions: false });
    kubectl = createKubectl(cluster);
    await kubectl(['create', '-f', '-'], listOf(CERT_MANAGER));
    // A dry run makes no namespace, so that objects in one that is not there yet would be refused.
    await kubectl(['apply', '-f', manifestPath('base/namespace.yaml')]);
    // A node for the DaemonSet; no pod fits on it, so that none waits for a kubelet to end it.
    const ready = { type: 'Ready', status: 'True' };
    await cluster.client.create('/api/v1/nodes', {
      metadata: { name: 'node-1', labels: { 'kubernetes.io/os': 'linux' } },
      status: { capacity: { cpu: '4', memory: '8Gi', pods: '0' }, conditions: [ready] },
    });
  });

  afterAll(() => cluster?.stop());

  async function itemsIn<Item>(path: string): Promise<Item[]> {
    const { items } = (await cluster.client.get(path)) as { items: Item[] };
    return items;
  }

  async function expectToApply(path: string): Promise<void> {
    const dryRun = await kubectl.applyFolder(path, '--dry-run=server');
    const applied = versionsOf(await kubectl.applyFolder(path));
    expect(dryRun).toHaveLength(applied.length);
    // Of some kinds kubectl says "configured" each time; what counts is whether anything changed.
    expect(versionsOf(await kubectl.applyFolder(path))).toEqual(applied);
  }

  it.each(['.', 'overlays/production', 'overlays/production-cert-manager'])(
    '%s passes a dry run of the server, is applied, and changes nothing when it is applied again',
    (folder) => expectToApply(manifestPath(folder)),
    APPLY_DEADLINE_MS,
  );

  it(
    'every example passes a dry run of the server, is applied, and changes nothing when it is applied again',
    async () => {
      const all = join(cluster.folder, 'examples');
      mkdirSync(all);
      const resources = EXAMPLES.map((folder) => relative(all, manifestPath(folder)));
      writeFileSync(join(all, 'kustomization.yaml'), JSON.stringify({ resources }));
      const namespaces = EXAMPLES.map((folder) => manifestPath(`${folder}/namespace.yaml`));
      await kubectl(['apply', ...namespaces.flatMap((file) => ['-f', file])]);
      await expectToApply(all);
    },
    APPLY_DEADLINE_MS,
  );

  it('pods of every workload are admitted', async () => {
    const wanted = ['netaware-agent', 'netaware-aggregator', 'netaware-scheduler'];
    await until('there is a pod of each', DEADLINE_MS, async () => {
      const pods = await itemsIn<Manifest>('/api/v1/namespaces/netaware/pods');
      const missing = wanted.filter((name) => !pods.some(({ metadata }) => metadata.name.startsWith(`${name}-`)));
      if (missing.length === 0) return undefined;
      const events = await itemsIn<{ message: string }>('/api/v1/namespaces/netaware/events');
      return `${missing} missing: ${events.map(({ message }) => message).join(', ')}`;
    });
  });

  it.each(['appgroups.spec.workloads.dependencies', 'nt.spec.probe', 'nts.links'])(
    'explain of %s tells what each field is',
    async (path) => {
      const text = await kubectl(['explain', path]);
      expect(text).toMatch(/DESCRIPTION:\n {4}\S/);
      expect(text).toMatch(/FIELDS:\n {2}\S/);
      expect(text).not.toContain('<no description>');
    },
  );

  it('bad AppGroups are refused with the field and what is wrong with it', async () => {
    // Not those that kubectl itself finds: they do not get as far as the API server.
    const refused = REFUSED_OBJECTS.filter(({ resource, says }) => resource === APP_GROUP && 'rule' in says);
    expect(refused.length).toBeGreaterThan(3);
    const namedOne = (index: number) => ({ metadata: { name: `refused-${index}`, namespace: 'default' } });
    const objects = refused.map(({ object }, index) => ({ ...object, ...namedOne(index) }));
    const lines = (await kubectl.refusal(['create', '-f', '-'], listOf(objects))).split('\n');
    for (const [index, { name, field, says }] of refused.entries()) {
      const line = lines.find((text) => text.includes(`"refused-${index}" is invalid`));
      expect(line, name).toContain(field);
      expect(line, name).toContain('rule' in says && says.rule);
    }
    expect(await itemsIn('/apis/netaware.io/v1alpha1/namespaces/default/appgroups')).toEqual([]);
  });

  describe('what people may', () => {
    const APP_GROUPS = { group: 'netaware.io', resource: 'appgroups', namespace: 'default' };
    const SLICES = { group: 'netaware.io', resource: 'networktopologyslices' };
    const TOPOLOGIES = { group: 'netaware.io', resource: 'networktopologies' };

    beforeAll(async () => {
      for (const role of ['view', 'edit', 'admin']) {
        await kubectl(['create', 'clusterrolebinding', `test-${role}`, `--clusterrole=${role}`, `--user=test-${role}`]);
        const inOne = ['create', 'rolebinding', `test-${role}`, '-n', 'default', `--clusterrole=${role}`];
        await kubectl([...inOne, `--user=test-${role}-of-default`]);
      }
      // The roles are added to Kubernetes' own by one of its controllers.
      await until('the roles are aggregated', DEADLINE_MS, async () => {
        const allowed = await Promise.all([
          isAllowed(cluster.client, 'test-view', { verb: 'list', ...SLICES }),
          isAllowed(cluster.client, 'test-edit', { verb: 'create', ...APP_GROUPS }),
          isAllowed(cluster.client, 'test-admin', { verb: 'create', ...APP_GROUPS }),
        ]);
        return allowed.every((one) => one) ? undefined : allowed.join();
      });
    });

    afterAll(async () => {
      const names = ['view', 'edit', 'admin'].map((role) => `test-${role}`);
      await kubectl(['delete', 'clusterrolebinding', ...names]);
      await kubectl(['delete', 'rolebinding', '-n', 'default', ...names]);
    });

    const READ = ['get', 'list', 'watch'];
    const WRITE = ['create', 'update', 'patch', 'delete'];
    const inAll = (verbs: readonly string[], access: Omit<Access, 'verb'>) =>
      verbs.map((verb) => ({ verb, ...access }));

    it.each([
      { user: 'test-view', may: [APP_GROUPS, SLICES, TOPOLOGIES].flatMap((kind) => inAll(READ, kind)) },
      { user: 'test-view-of-default', may: inAll(READ, APP_GROUPS) },
      { user: 'test-edit-of-default', may: inAll([...READ, ...WRITE], APP_GROUPS) },
      { user: 'test-admin-of-default', may: inAll([...READ, ...WRITE], APP_GROUPS) },
    ])('is for $user what the role says', async ({ user, may }) => {
      for (const access of may) {
        expect(await isAllowed(cluster.client, user, access), JSON.stringify(access)).toBe(true);
      }
    });

    it.each([
      { user: 'test-view', mayNot: inAll(WRITE, APP_GROUPS) },
      { user: 'test-edit', mayNot: [SLICES, TOPOLOGIES].flatMap((kind) => inAll(WRITE, kind)) },
      { user: 'test-admin', mayNot: [SLICES, TOPOLOGIES].flatMap((kind) => inAll(WRITE, kind)) },
      { user: 'test-edit-of-default', mayNot: inAll(READ, { ...APP_GROUPS, namespace: 'kube-system' }) },
    ])('is for $user not more', async ({ user, mayNot }) => {
      for (const access of mayNot) {
        expect(await isAllowed(cluster.client, user, access), JSON.stringify(access)).toBe(false);
      }
    });
  });

  it('delete leaves nothing behind', async () => {
    const kinds = (await kubectl(['api-resources', '--verbs=list', '-o', 'name'])).trim().split('\n');
    await kubectl(['delete', '-k', manifestPath('overlays/production-cert-manager'), '--timeout=90s']);
    const others = kinds.filter((kind) => !kind.endsWith('.netaware.io') && !DEPRECATED.includes(kind));
    const left = await kubectl(['get', others.join(','), '-A', '-o', 'name']);
    expect(left).toContain('node/node-1');
    expect(left.split('\n').filter((name) => name.includes('netaware'))).toEqual([]);
  });
});

/** Which object it is, and a version that changes with what a user may set of it. */
function versionsOf(objects: readonly Manifest[]): string[] {
  return objects.map(({ kind, metadata: { namespace = '', name, uid, generation, resourceVersion } }) =>
    [kind, namespace, name, uid, generation ?? `resource ${resourceVersion}`].join(' '),
  );
}
