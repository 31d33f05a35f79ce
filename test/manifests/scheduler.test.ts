import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SCHEDULER_NAME } from '#core/api/names.ts';
import { meetsRequirements } from '#test/requirements.ts';
import { BUILD_DEADLINE_MS, build, type Manifest, manifestPath } from './kustomize.ts';
import { type Workload, workloadsIn } from './workload.ts';

const FILE = 'kube-scheduler-configuration.yaml';
const readConfiguration = (folder: string) => parse(readFileSync(manifestPath(`${folder}/${FILE}`), 'utf8'));
const base = readConfiguration('base/scheduler');

describe("kube-scheduler's configuration", () => {
  it('has one profile, a lease of its own, and looks at every node', () => {
    expect(base).toMatchObject({
      apiVersion: 'kubescheduler.config.k8s.io/v1',
      kind: 'KubeSchedulerConfiguration',
      leaderElection: { leaderElect: true, resourceNamespace: 'netaware', resourceName: 'netaware-scheduler' },
      percentageOfNodesToScore: 100,
      profiles: [{ schedulerName: SCHEDULER_NAME }],
    });
    expect(base.profiles).toHaveLength(1);
  });

  it('asks the extender by names, briefly, and goes on without it', () => {
    expect(base.extenders).toEqual([
      {
        urlPrefix: 'http://127.0.0.1:8089/scheduler',
        filterVerb: 'filter',
        prioritizeVerb: 'prioritize',
        preemptVerb: 'preempt',
        weight: 1,
        nodeCacheCapable: true,
        ignorable: true,
        httpTimeout: '500ms',
      },
    ]);
  });

  it('is the same in production, over TLS with a certificate of its own', () => {
    const { extenders, ...rest } = readConfiguration('overlays/production');
    const [{ tlsConfig, ...extender }] = extenders;
    const { extenders: baseExtenders, ...baseRest } = base;
    expect(rest).toEqual(baseRest);
    expect(extender).toEqual({
      ...baseExtenders[0],
      urlPrefix: 'https://127.0.0.1:8089/scheduler',
      enableHTTPS: true,
    });
    expect(Object.keys(tlsConfig).toSorted()).toEqual(['caFile', 'certFile', 'keyFile', 'serverName']);
  });
});

describe.runIf(meetsRequirements('manifests', { tools: ['kubectl'] }))('the second scheduler', () => {
  describe.each(['overlays/dev', 'overlays/production'])('of %s', (folder) => {
    let manifests: Manifest[];
    let scheduler: Workload | undefined;
    const containerOf = (name: string) => scheduler?.spec.template.spec.containers.find((one) => one.name === name);

    beforeAll(async () => {
      manifests = await build(folder);
      scheduler = workloadsIn(manifests).find(({ metadata }) => metadata.name === 'netaware-scheduler');
    }, BUILD_DEADLINE_MS);

    it('does not wait for itself', () => {
      for (const { metadata, spec } of workloadsIn(manifests)) {
        expect(['default-scheduler', undefined], metadata.name).toContain(spec.template.spec.schedulerName);
      }
    });

    it('is a stock kube-scheduler on port 10260 with the extender beside it', () => {
      // In this order: the kubelet starts the second when the first one's postStart hook has ended.
      const names = scheduler?.spec.template.spec.containers.map(({ name }) => name);
      expect(names).toEqual(['extender', 'kube-scheduler']);
      const { command, ports, image, ...rest } = containerOf('kube-scheduler') ?? {};
      expect(image).toMatch(/\/kube-scheduler:v1\.\d+\.\d+$/);
      expect(command).toContain('--secure-port=10260');
      expect(ports).toMatchObject([{ containerPort: 10_260 }]);
      for (const [probe, path] of Object.entries({ livenessProbe: '/livez', readinessProbe: '/readyz' })) {
        expect(rest).toMatchObject({ [probe]: { httpGet: { scheme: 'HTTPS', port: 'scheduler', path } } });
      }
    });

    it('starts when the extender beside it is ready', async () => {
      const hook = containerOf('extender')?.lifecycle as { postStart: { exec: { command: string[] } } };
      const [, ...args] = hook.postStart.exec.command;
      let asked = 0;
      const server = createServer((request, response) => {
        asked++;
        response.writeHead(request.url === '/readyz' && asked > 2 ? 200 : 503).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const { exitCode } = await execa(process.execPath, args, { env: { NETAWARE_PORT: String(port) } });
      server.close();
      expect({ exitCode, asked }).toEqual({ exitCode: 0, asked: 3 });
    });

    it('reads the configuration of its overlay, and is rolled where that changes', () => {
      const maps = manifests.filter(({ kind }) => kind === 'ConfigMap') as (Manifest & { data?: object })[];
      const source = folder === 'overlays/dev' ? 'base/scheduler' : folder;
      expect(maps.map(({ data }) => data)).toEqual([
        { [FILE]: readFileSync(manifestPath(`${source}/${FILE}`), 'utf8') },
      ]);
      expect(maps[0]?.metadata.name).toMatch(/^netaware-scheduler-configuration-[a-z0-9]{10}$/);
      const volumes = scheduler?.spec.template.spec.volumes;
      expect(volumes).toContainEqual({ name: 'configuration', configMap: { name: maps[0]?.metadata.name } });
      const mount = containerOf('kube-scheduler')?.volumeMounts.find(({ name }) => name === 'configuration');
      expect(containerOf('kube-scheduler')?.command).toContain(`--config=${mount?.mountPath}/${FILE}`);
    });

    it('finds its certificates where they are mounted', () => {
      const texts = [
        JSON.stringify(manifests.filter(({ kind }) => kind === 'ConfigMap')),
        ...workloadsIn(manifests).flatMap(({ spec }) =>
          spec.template.spec.containers.map(({ env }) => JSON.stringify(env)),
        ),
      ];
      const files = texts.flatMap((text) =>
        [...text.matchAll(/\/etc\/netaware\/[a-z/.]+(?=\/[a-z.]+\b)/g)].map(([path]) => path),
      );
      const mounts = workloadsIn(manifests).flatMap(({ spec }) =>
        spec.template.spec.containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ mountPath }) => mountPath)),
      );
      expect(files.length > 0).toBe(folder === 'overlays/production');
      for (const file of files) expect(mounts).toContain(file);
    });
  });

  it(
    'comes twice in production, so that one may be drained',
    async () => {
      const [deployment] = workloadsIn(await build('overlays/production')).filter(
        ({ metadata }) => metadata.name === 'netaware-scheduler',
      );
      expect(deployment?.spec.replicas).toBe(2);
    },
    BUILD_DEADLINE_MS,
  );
});
