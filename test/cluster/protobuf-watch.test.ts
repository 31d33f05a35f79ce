import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Pod, pod } from '#core/api/kubernetes.ts';
import { untilApiServerIsReady } from '#lab/control-plane/kubernetes/control-plane.ts';
import { GuardedWatch } from '#runtime/kubernetes/guarded-watch.ts';
import { type ResourceCache, watchResource } from '#runtime/kubernetes/resource-cache.ts';
import { createLogger } from '#runtime/logger.ts';
import { readPodMessage } from '#scheduler-extender/read-pod-message.ts';
import { trimPod } from '#scheduler-extender/trim-pod.ts';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';

const PODS = '/api/v1/namespaces/default/pods';
const WAIT = { timeout: 30_000, interval: 20 };
const SEED = Number(process.env.SEED ?? 1);

type Change = [before: Pod | undefined, after: Pod | undefined];

describe.runIf(hasControlPlane('a watch in protobuf'))('a watch of pods in protobuf', () => {
  let cluster: Cluster;
  const caches: ResourceCache<Pod>[] = [];
  const changes: Record<'json' | 'protobuf', Change[]> = { json: [], protobuf: [] };
  const read = vi.fn(readPodMessage);

  beforeAll(async () => {
    cluster = await startCluster();
    const { processes } = cluster.controlPlane;
    await Promise.all([processes['kube-scheduler'].kill(), processes['kube-controller-manager'].kill()]);
    const watch = (form: keyof typeof changes, readProtobuf?: typeof readPodMessage) =>
      watchResource({
        client: cluster.client,
        path: '/api/v1/pods',
        schema: pod,
        trim: trimPod,
        ...(readProtobuf === undefined ? {} : { readProtobuf }),
        logger: createLogger('test', 'error'),
        onChange: (before, after) => changes[form].push([before, after]),
      });
    caches.push(watch('json'), watch('protobuf', read));
    await vi.waitFor(() => expect(caches.map((cache) => cache.synced())).toEqual([true, true]), WAIT);
    // The first list is in JSON for both.
    await vi.waitFor(() => expect(changes.protobuf.length).toBeGreaterThan(0), WAIT);
    for (const form of ['json', 'protobuf'] as const) changes[form].length = 0;
  }, 180_000);

  afterAll(async () => {
    await Promise.all(caches.map((cache) => cache.stop()));
    await cluster?.stop();
  });

  it('tells the same, change by change, as one in JSON', async () => {
    const { client } = cluster;
    const drawn = fc.sample(podWish, { numRuns: 60, seed: SEED });
    for (const [index, wish] of drawn.entries()) {
      const name = `p${index}`;
      await client.create(PODS, podOf(name, wish));
      for (const patch of wish.patches) await client.patch(`${PODS}/${name}`, 'application/merge-patch+json', patch);
      if (wish.phase !== undefined) {
        const status = { status: { phase: wish.phase, podIP: '10.0.0.9' } };
        await client.patch(`${PODS}/${name}/status`, 'application/merge-patch+json', status);
      }
      if (wish.isDeleted) await client.delete(`${PODS}/${name}`, { gracePeriodSeconds: wish.graceSeconds });
    }
    await client.create(PODS, plainPod('last'));
    const isWhole = (form: keyof typeof changes) => changes[form].at(-1)?.[1]?.metadata.name === 'last';
    await vi.waitFor(() => expect([isWhole('json'), isWhole('protobuf')]).toEqual([true, true]), WAIT);
    expect(changes.protobuf.length).toBeGreaterThan(drawn.length);
    expect(changes.protobuf).toEqual(changes.json);
    expect(caches.map((cache) => cache.invalid())).toEqual([0, 0]);
    expect(read).toHaveBeenCalled();
    const deleted = changes.protobuf.filter(([, after]) => after?.metadata.deletionTimestamp);
    expect(deleted.length).toBeGreaterThan(0);
  }, 120_000);

  it('is told of a bookmark, and of a place that is too old for an API server that has just started', async () => {
    const events: [type: string, object: object][] = [];
    const watch = new GuardedWatch(cluster.client.kubeConfig, {
      onAlive: () => {},
      trim: (object) => object,
      readProtobuf: read,
    });
    const onEvent = (type: string, object: unknown) => events.push([type, object as object]);
    const watchFrom = (resourceVersion?: string) =>
      new Promise((over) => void watch.watch('/api/v1/pods', { resourceVersion, timeoutSeconds: 4 }, onEvent, over));

    expect(await watchFrom()).toBeNull();
    const place = { resourceVersion: expect.stringMatching(/^\d+$/) };
    expect(events.at(-1)).toEqual([
      'BOOKMARK',
      { apiVersion: 'v1', kind: 'Pod', metadata: place, spec: {}, status: {} },
    ]);

    const { processes, commands } = cluster.controlPlane;
    await processes['kube-apiserver'].kill('SIGKILL');
    await cluster.start('kube-apiserver', commands['kube-apiserver']);
    await untilApiServerIsReady(cluster.client);
    events.length = 0;
    expect(await watchFrom('1')).toBeNull();
    const message = expect.stringContaining('too old resource version');
    expect(events).toEqual([['ERROR', { apiVersion: 'v1', kind: 'Status', code: 410, reason: 'Expired', message }]]);
  }, 120_000);
});

function plainPod(name: string): object {
  const spec = { containers: [{ name: 'main', image: 'example/main:1' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
}

const labelText = fc.stringMatching(/^([A-Za-z0-9]([A-Za-z0-9_.-]{0,20}[A-Za-z0-9])?)?$/);
const labelName = fc.stringMatching(/^([a-z]{1,8}\.example\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,20}[A-Za-z0-9])?$/);
const labels = fc.dictionary(labelName, labelText, { maxKeys: 5 });
const gates = fc.uniqueArray(fc.stringMatching(/^example\.com\/[a-z]{1,10}$/), { maxLength: 3 });

/** What may be asked of a pod, and done to it. */
const podWish = fc.record({
  labels,
  /** Of any text: it stands between what is read, and may be long. */
  note: fc.string({ unit: 'grapheme', maxLength: 2000 }),
  nodeName: fc.option(fc.constantFrom('node-1', 'node-2'), { nil: undefined }),
  schedulerName: fc.option(fc.constantFrom('netaware-scheduler', 'default-scheduler'), { nil: undefined }),
  gates,
  requests: fc.option(fc.constantFrom({ cpu: '100m' }, { memory: '1Gi', cpu: '2' }), { nil: undefined }),
  priority: fc.boolean(),
  patches: fc.array(fc.record({ metadata: fc.record({ labels }) }), { maxLength: 3 }),
  phase: fc.option(fc.constantFrom('Running', 'Succeeded', 'Failed'), { nil: undefined }),
  finalizers: fc.constantFrom([], ['example.com/wait']),
  isDeleted: fc.boolean(),
  graceSeconds: fc.constantFrom(0, 30),
});

function podOf(name: string, wish: typeof podWish extends fc.Arbitrary<infer Wish> ? Wish : never): object {
  const { nodeName, schedulerName, requests } = wish;
  // A pod that waits at gates is on no node.
  const place = wish.gates.length > 0 ? { schedulingGates: wish.gates.map((gate) => ({ name: gate })) } : { nodeName };
  const metadata = {
    name,
    labels: wish.labels,
    annotations: { 'example.com/note': wish.note },
    finalizers: wish.finalizers,
  };
  const container = {
    name: 'main',
    image: 'example/main:1',
    args: ['--flag', wish.note.slice(0, 50)],
    env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    ports: [{ containerPort: 8080 }],
    resources: requests === undefined ? {} : { requests, limits: requests },
    livenessProbe: { httpGet: { path: '/livez', port: 8080 }, periodSeconds: 7 },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: {
      ...place,
      schedulerName,
      ...(wish.priority ? { priorityClassName: 'system-cluster-critical', hostNetwork: true } : {}),
      containers: [container],
      initContainers: [{ name: 'side', image: 'example/side:1', restartPolicy: 'Always' }],
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'edge', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 9_007_199_254 }],
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: {} },
      ],
      volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '1Gi' } }],
    },
  };
}
