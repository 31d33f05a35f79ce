import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { meetsRequirements } from '#test/requirements.ts';
import { BUILD_DEADLINE_MS, build, EXAMPLES, type Manifest, OVERLAYS } from './kustomize.ts';
import { type Container, type Workload, workloadsIn } from './workload.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

describe.runIf(meetsRequirements('manifests', { tools: ['kubectl'] }))('the pods', () => {
  describe.each([...OVERLAYS, ...EXAMPLES])('of %s', (folder) => {
    let manifests: Manifest[];
    let workloads: Workload[];
    let containers: Container[];

    beforeAll(async () => {
      manifests = await build(folder);
      workloads = workloadsIn(manifests);
      containers = workloads.flatMap(({ spec }) => spec.template.spec.containers);
      expect(containers.length).toBeGreaterThan(3);
    }, BUILD_DEADLINE_MS);

    it('meet the pod security standard "restricted", which their namespace enforces', () => {
      const namespaces = manifests.filter(({ kind }) => kind === 'Namespace');
      expect(namespaces.map(({ metadata }) => metadata.labels)).toEqual([
        expect.objectContaining({ 'pod-security.kubernetes.io/enforce': 'restricted' }),
      ]);
      for (const { metadata, spec } of workloads) {
        const pod = spec.template.spec;
        expect(pod.securityContext, metadata.name).toMatchObject({
          runAsNonRoot: true,
          runAsUser: 65_532,
          seccompProfile: { type: 'RuntimeDefault' },
        });
        expect(pod.hostNetwork ?? pod.hostPID ?? pod.hostIPC, metadata.name).toBeUndefined();
        const kinds = pod.volumes.flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name'));
        for (const kind of kinds) expect(['configMap', 'emptyDir', 'projected', 'secret']).toContain(kind);
      }
      for (const { name, securityContext } of containers) {
        expect(securityContext, name).toEqual({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
        });
      }
    });

    it('get an API token only where they use one', () => {
      const withToken = workloads.filter(({ spec }) => spec.template.spec.automountServiceAccountToken !== false);
      const expected = folder.startsWith('examples/') ? [] : ['netaware-aggregator', 'netaware-scheduler'];
      expect(withToken.map(({ metadata }) => metadata.name)).toEqual(expected);
    });

    it('run images of a stated version: ours of this one', () => {
      for (const { image } of containers) {
        expect(image).toMatch(/^(localhost\/netaware\/[a-z-]+|registry\.k8s\.io\/kube-scheduler):v?\d+\.\d+\.\d+$/);
        if (image.startsWith('localhost/')) expect(image).toMatch(new RegExp(`:${version}$`));
      }
    });

    it('request CPU and memory, and are limited in no CPU', () => {
      for (const { name, resources } of containers) {
        expect(Object.keys(resources.requests).toSorted(), name).toEqual(['cpu', 'memory']);
        expect(resources.limits?.cpu, name).toBeUndefined();
      }
    });

    it('are probed over HTTP, never by a bare connection', () => {
      for (const container of containers) {
        expect(container.readinessProbe, container.name).toMatchObject({ httpGet: { path: expect.any(String) } });
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
          expect(container[probe] ?? {}, container.name).not.toHaveProperty('tcpSocket');
        }
      }
    });

    it('are selected by their Deployments, Services and budgets', () => {
      const templates = workloads.map(({ spec }) => spec.template.metadata.labels);
      for (const { spec } of workloads) expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
      for (const { kind, metadata, spec } of manifests as (Manifest & { spec?: { selector?: object } })[]) {
        if (kind !== 'Service' && kind !== 'PodDisruptionBudget') continue;
        const selector = (spec?.selector ?? {}) as { matchLabels?: object };
        const wanted = Object.entries(selector.matchLabels ?? selector);
        const selected = templates.filter((labels) => wanted.every(([key, value]) => labels[key] === value));
        expect(selected, `${kind} ${metadata.name}`).toHaveLength(1);
      }
    });

    it('have mounts of volumes that there are, and ports that probes name', () => {
      for (const { spec } of workloads) {
        const { containers: own, volumes } = spec.template.spec;
        const mounted = own.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
        expect(new Set(mounted)).toEqual(new Set(volumes.map(({ name }) => name)));
        for (const container of own) {
          const { httpGet } = container.readinessProbe as { httpGet: { port: string | number } };
          const ports = container.ports.flatMap(({ name, containerPort }) => [name, containerPort]);
          expect(ports).toContain(httpGet.port);
        }
      }
    });
  });
});
