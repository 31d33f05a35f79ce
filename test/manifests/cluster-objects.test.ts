import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { meetsRequirements } from '#test/requirements.ts';
import { BUILD_DEADLINE_MS, build, type Manifest, OVERLAYS } from './kustomize.ts';
import { workloadsIn } from './workload.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const role = z.looseObject({
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
      resourceNames: z.array(z.string()).optional(),
    }),
  ),
});
const binding = z.looseObject({
  roleRef: z.looseObject({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.looseObject({ kind: z.string(), name: z.string(), namespace: z.string() })),
});

const certificate = z.looseObject({
  spec: z.looseObject({
    secretName: z.string(),
    commonName: z.string().optional(),
    isCA: z.boolean().optional(),
    dnsNames: z.array(z.string()).optional(),
    usages: z.array(z.string()).default([]),
  }),
});
const volume = z.looseObject({
  secret: z.looseObject({ secretName: z.string() }).optional(),
  projected: z
    .object({ sources: z.array(z.looseObject({ secret: z.looseObject({ name: z.string() }).optional() })) })
    .optional(),
});

describe.runIf(meetsRequirements('manifests', { tools: ['kubectl'] }))('the objects', () => {
  describe.each(OVERLAYS)('of %s', (folder) => {
    let manifests: Manifest[];
    const ofKind = (...kinds: string[]) => manifests.filter(({ kind }) => kinds.includes(kind));

    beforeAll(async () => {
      manifests = await build(folder);
    }, BUILD_DEADLINE_MS);

    it('carry the recommended labels', () => {
      for (const { kind, metadata } of manifests) {
        expect(metadata.labels, `${kind} ${metadata.name}`).toMatchObject({
          'app.kubernetes.io/name': 'netaware',
          'app.kubernetes.io/instance': 'netaware',
          'app.kubernetes.io/part-of': 'netaware',
          'app.kubernetes.io/version': version,
        });
      }
      for (const { metadata, spec } of workloadsIn(manifests)) {
        expect(spec.template.metadata.labels, metadata.name).toMatchObject({
          'app.kubernetes.io/component': metadata.name.replace('netaware-', ''),
          'app.kubernetes.io/version': version,
        });
      }
    });

    it('are in the namespace netaware, but for a binding that must be in kube-system', () => {
      const namespaces = manifests.map(({ metadata }) => metadata.namespace).filter((name) => name !== undefined);
      expect([...new Set(namespaces)].toSorted()).toEqual(['kube-system', 'netaware']);
      const elsewhere = manifests.filter(({ metadata }) => metadata.namespace === 'kube-system');
      expect(elsewhere.map(({ kind }) => kind)).toEqual(['RoleBinding']);
    });

    it('grant nothing by wildcard, and nothing that makes more rights or reads secrets', () => {
      const rules = ofKind('Role', 'ClusterRole').flatMap((object) => role.parse(object).rules);
      expect(rules.length).toBeGreaterThan(5);
      for (const { apiGroups, resources, verbs } of rules) {
        for (const word of [...apiGroups, ...resources, ...verbs]) expect(word).not.toContain('*');
        for (const verb of ['escalate', 'bind', 'impersonate', 'deletecollection']) expect(verbs).not.toContain(verb);
        for (const resource of ['secrets', 'pods/exec', 'nodes/proxy', 'configmaps']) {
          expect(resources).not.toContain(resource);
        }
      }
    });

    it('bind roles that are shipped here or by Kubernetes itself, to accounts that exist, and none to the agent', () => {
      const shipped = ofKind('Role', 'ClusterRole').map(({ metadata }) => metadata.name);
      const builtIn = ['extension-apiserver-authentication-reader'];
      const accounts = ofKind('ServiceAccount').map(({ metadata }) => metadata.name);
      const bindings = ofKind('RoleBinding', 'ClusterRoleBinding').map((object) => binding.parse(object));
      for (const { roleRef, subjects } of bindings) {
        expect([...shipped, ...builtIn]).toContain(roleRef.name);
        for (const { name } of subjects) expect(accounts).toContain(name);
      }
      const bound = new Set(bindings.flatMap(({ subjects }) => subjects.map(({ name }) => name)));
      expect([...bound].toSorted()).toEqual(['netaware-aggregator', 'netaware-scheduler']);
      expect(accounts).toContain('netaware-agent');
    });

    it('let no budget hold up a drain', () => {
      const budgets = ofKind('PodDisruptionBudget') as (Manifest & { spec?: object })[];
      expect(budgets.map(({ metadata }) => metadata.name)).toEqual(['netaware-aggregator', 'netaware-scheduler']);
      for (const { spec } of budgets) expect(spec).toMatchObject({ maxUnavailable: 1 });
    });
  });

  it(
    'come in one way only by default: manifests/ is overlays/dev',
    async () => {
      expect(await build('.')).toEqual(await build('overlays/dev'));
    },
    BUILD_DEADLINE_MS,
  );

  it(
    'leave certificates alone unless cert-manager makes them',
    async () => {
      const kinds = (manifests: Manifest[]) =>
        manifests.filter(({ apiVersion }) => apiVersion.startsWith('cert-manager.io'));
      expect(kinds(await build('overlays/production'))).toEqual([]);
      const made = kinds(await build('overlays/production-cert-manager')) as (Manifest & {
        spec: { secretName?: string };
      })[];
      const secrets = made.flatMap(({ spec }) => spec.secretName ?? []);
      const mounted = workloadsIn(await build('overlays/production')).flatMap(({ spec }) =>
        [...JSON.stringify(spec.template.spec.volumes).matchAll(/netaware-[a-z-]+-(tls|bundle)/g)].map(
          ([name]) => name,
        ),
      );
      expect(secrets).toEqual(expect.arrayContaining([...new Set(mounted)]));
    },
    BUILD_DEADLINE_MS,
  );

  describe.each(['overlays/production', 'overlays/production-cert-manager'])('of %s', (folder) => {
    // A kubelet may read all of each Secret that pods on its node refer to, and agents are on every node.
    it(
      'give no node a key that anybody trusts',
      async () => {
        const manifests = await build(folder);
        const agents = manifests.filter(({ kind }) => kind === 'DaemonSet');
        const secrets = secretsIn(agents);
        expect(secrets).toEqual(['netaware-ca-bundle']);
        const made = manifests.filter(({ kind }) => kind === 'Certificate').map((object) => certificate.parse(object));
        const ofNodes = made.filter(({ spec }) => secrets.includes(spec.secretName)).map(({ spec }) => spec);
        expect(ofNodes).toHaveLength(folder === 'overlays/production' ? 0 : 1);
        for (const { isCA, usages, dnsNames, commonName } of ofNodes) {
          expect({ isCA, usages, dnsNames, commonName }).toEqual({
            isCA: undefined,
            usages: ['code signing'],
            dnsNames: undefined,
            commonName: 'netaware-ca-bundle',
          });
        }
      },
      BUILD_DEADLINE_MS,
    );

    it(
      'let traffic through by numbers of ports',
      async () => {
        const policies = (await build(folder)).filter(({ kind }) => kind === 'NetworkPolicy');
        const ports = [...JSON.stringify(policies).matchAll(/"port":("?[\w-]+"?)/g)].map(([, port]) => Number(port));
        expect(ports.length).toBeGreaterThan(5);
        expect(ports).not.toContain(Number.NaN);
      },
      BUILD_DEADLINE_MS,
    );
  });
});

/** Names of the Secrets that pods of these workloads refer to. */
function secretsIn(workloads: readonly Manifest[]): string[] {
  const volumes = workloadsIn(workloads).flatMap(({ spec }) =>
    spec.template.spec.volumes.map((one) => volume.parse(one)),
  );
  return volumes.flatMap(({ secret, projected }) => [
    ...(secret ? [secret.secretName] : []),
    ...(projected?.sources ?? []).flatMap((source) => source.secret?.name ?? []),
  ]);
}
