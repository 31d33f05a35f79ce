import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppGroup } from '#core/api/app-group.ts';
import { APP_GROUP, NETWORK_TOPOLOGY, NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import type { Node } from '#core/api/kubernetes.ts';
import { NETWORK_CHANGED_ANNOTATION, ORDERED_GATE, PROBE_ADDRESS_ANNOTATION } from '#core/api/names.ts';
import type { NetworkTopology } from '#core/api/network-topology.ts';
import type { NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { AppError } from '#core/errors.ts';
import type { Explanation } from '#core/scoring/explain.ts';
import { until } from '#lab/until.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { type Access, accessesOf, isAllowed, type Rule } from '#test/cluster/access.ts';
import { type Cluster, hasControlPlane, loopbackAddress, startCluster } from '#test/cluster/cluster.ts';
import { type Installation, install } from '#test/cluster/installation.ts';
import type { TestProcess } from '#test/cluster/processes.ts';
import { refusalsIn } from '#test/cluster/refusals.ts';
import {
  boundTo,
  createGroup,
  createNode,
  createPod,
  DEADLINE_MS,
  eventOf,
  HOSTNAME_LABEL,
  measure,
  metricOf,
  untilRejected,
} from '#test/cluster/scheduling.ts';
import { meetsRequirements } from '#test/requirements.ts';

// Every program with the rights of its ServiceAccount as shipped, and no more.

const SUITE = 'the shipped rights on a real control plane';
const canRun = meetsRequirements(SUITE, { tools: ['kubectl', 'ping', 'iperf3'] }) && hasControlPlane(SUITE);
const ADDRESSES = { a: loopbackAddress(), b: loopbackAddress() };
const MERGE = 'application/merge-patch+json';

describe.runIf(canRun)(SUITE, () => {
  let cluster: Cluster;
  let admin: KubernetesClient;
  let installation: Installation;
  let extender: TestProcess;
  const processes: TestProcess[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ withDefinitions: false });
    admin = cluster.client;
    for (const [name, address] of Object.entries(ADDRESSES)) {
      await createNode(cluster, name, { annotations: { [PROBE_ADDRESS_ANNOTATION]: address } });
    }
    installation = await install(cluster, '.');
    // The endpoints of the agents' Service cannot be on the loopback; the nodes' own addresses can.
    processes.push(await installation.startAggregator({ NETAWARE_AGENT_SERVICE: '' }));
    extender = await installation.startExtender();
    processes.push(extender);
    processes.push(await installation.startScheduler());
    for (const [node, address] of Object.entries(ADDRESSES)) {
      processes.push(await installation.startAgent(node, address));
    }
  });

  afterAll(() => cluster?.stop());

  const urlOfExtender = () => `http://${cluster.host}:8089`;

  it('are enough to measure the network and to write what was measured', async () => {
    await until('slices and status are written', DEADLINE_MS, async () => {
      const { items } = (await admin.get(resourcePath(NETWORK_TOPOLOGY_SLICE))) as { items: NetworkTopologySlice[] };
      const links = items.flatMap(({ origin, links }) => links.map((link) => ({ origin, ...link })));
      const topologies = (await admin.get(resourcePath(NETWORK_TOPOLOGY))) as { items: NetworkTopology[] };
      const measured = links.filter(({ rttMicroseconds = 0 }) => rttMicroseconds > 0).map(({ origin }) => origin);
      if (measured.toSorted().join() === 'a,b' && topologies.items[0]?.status?.measuredLinks === 2) return undefined;
      return JSON.stringify({ links, topologies });
    });
  });

  it('are enough to place a pod where the extender says', async () => {
    await createGroup(cluster, 'shop', ['web', 'db']);
    await createPod(cluster, 'db', { group: 'shop', workload: 'db', spec: { nodeName: 'b' } });
    const gate = { schedulingGates: [{ name: 'test/never' }] };
    await createPod(cluster, 'like-web', { group: 'shop', workload: 'web', spec: gate });
    const url = urlOfExtender();
    await until('the extender knows where the dependency is', DEADLINE_MS, async () => {
      const { nodes, neutral } = (await (await fetch(`${url}/v1/explain?pod=like-web`)).json()) as Explanation;
      const [best, other] = nodes;
      if (neutral === undefined && best?.node === 'b' && best.score > (other?.score ?? 100)) return undefined;
      return JSON.stringify({ nodes, neutral });
    });
    await createPod(cluster, 'web', { group: 'shop', workload: 'web' });
    expect(await boundTo(cluster, 'web')).toBe('b');
    await until('the answer is counted', DEADLINE_MS, async () => {
      const count = await metricOf(url, 'netaware_extender_requests_total{verb="filter",outcome="answered"}');
      return count > 0 ? undefined : 'it is not';
    });
  });

  it('are enough to tell of an AppGroup that it can be followed, and where its pods are', async () => {
    await until('the status is written', DEADLINE_MS, async () => {
      const { status } = (await admin.get(`${resourcePath(APP_GROUP, 'default')}/shop`)) as AppGroup;
      const valid = status?.conditions?.find(({ type }) => type === 'Valid');
      const db = status?.workloads?.find(({ name }) => name === 'db');
      return valid?.status === 'True' && db?.nodes.join() === 'b' ? undefined : JSON.stringify(status);
    });
  });

  it('are enough to have a rejected pod tried again when the network has improved', async () => {
    for (const name of ['far', 'edge']) await createNode(cluster, name);
    await measure(cluster, 'far', { edge: 40 });
    await createGroup(cluster, 'sensors', ['control', 'motor'], 10_000);
    await createPod(cluster, 'motor', { group: 'sensors', workload: 'motor', spec: { nodeName: 'edge' } });
    const spec = { nodeSelector: { [HOSTNAME_LABEL]: 'far' } };
    await untilRejected(urlOfExtender(), 'far');
    await createPod(cluster, 'control', { group: 'sensors', workload: 'control', spec });
    await eventOf(cluster, 'control', 'FailedScheduling');
    await measure(cluster, 'far', { edge: 2 });
    expect(await boundTo(cluster, 'control')).toBe('far');
    const { metadata } = (await admin.get('/api/v1/nodes/far')) as Node;
    expect(Date.parse(metadata.annotations?.[NETWORK_CHANGED_ANNOTATION] ?? '')).toBeGreaterThan(0);
  });

  it('are enough to let a pod go that waited for its turn', async () => {
    const spec = { schedulingGates: [{ name: ORDERED_GATE }] };
    await createPod(cluster, 'db-gated', { group: 'shop', workload: 'db', spec });
    await boundTo(cluster, 'db-gated');
  });

  it('are enough to tell why a pod is on its node', async () => {
    expect(await eventOf(cluster, 'control', 'PlacedByNetwork')).toMatch(/on far; .*motor on edge/);
  });

  it('are enough to tell of a pod that was bound without a score', async () => {
    await extender.kill();
    await createPod(cluster, 'web-unscored', { group: 'shop', workload: 'web' });
    expect(await eventOf(cluster, 'web-unscored', 'NotScoredByNetwork')).toContain('extender');
  });

  it('let the scheduler hold a lease of its own, and leave that of the default scheduler alone', async () => {
    const lease = (await admin.get('/apis/coordination.k8s.io/v1/namespaces/netaware/leases/netaware-scheduler')) as {
      spec: { holderIdentity: string };
    };
    expect(lease.spec.holderIdentity).not.toBe('');
    const { items } = (await admin.get('/apis/coordination.k8s.io/v1/namespaces/kube-system/leases')) as {
      items: { metadata: { name: string } }[];
    };
    expect(items.map(({ metadata }) => metadata.name)).not.toContain('kube-scheduler');
  });

  it('refused nothing to any program', () => {
    expect(processes).toHaveLength(5);
    for (const process of processes) expect(refusalsIn(process.log())).toEqual([]);
  });

  describe('are not enough', () => {
    const NAMESPACED = '/api/v1/namespaces/netaware';
    const TOPOLOGY = '/apis/netaware.io/v1alpha1';

    it.each([
      ['agent', 'get', '/api/v1/nodes'],
      ['agent', 'get', `${NAMESPACED}/pods`],
      ['agent', 'get', `${NAMESPACED}/secrets`],
      ['agent', 'get', `${NAMESPACED}/configmaps`],
      ['agent', 'get', `${TOPOLOGY}/networktopologyslices`],
      ['agent', 'patch', `${TOPOLOGY}/networktopologyslices/a`],
      ['agent', 'create', `${NAMESPACED}/events`],
      ['aggregator', 'patch', '/api/v1/nodes/a'],
      ['aggregator', 'create', '/api/v1/namespaces/default/pods'],
      ['aggregator', 'patch', '/api/v1/namespaces/default/pods/web/status'],
      ['aggregator', 'patch', '/apis/apps/v1/namespaces/default/deployments/web'],
      ['aggregator', 'get', `${NAMESPACED}/secrets`],
      ['aggregator', 'patch', `${TOPOLOGY}/namespaces/default/appgroups/shop`],
      ['aggregator', 'patch', `${TOPOLOGY}/networktopologies/default`],
      ['aggregator', 'delete', '/api/v1/namespaces/default/pods/web'],
      ['scheduler', 'create', `${TOPOLOGY}/namespaces/default/appgroups`],
      ['scheduler', 'patch', `${TOPOLOGY}/namespaces/default/appgroups/shop`],
      ['scheduler', 'patch', `${TOPOLOGY}/networktopologyslices/a`],
      ['scheduler', 'get', `${NAMESPACED}/secrets`],
      ['scheduler', 'delete', '/api/v1/nodes/a'],
      ['scheduler', 'patch', '/api/v1/nodes/a/status'],
    ] as const)('for the %s to %s %s', async (component, verb, path) => {
      const client = await installation.clientOf(component);
      const dryRun = `${path}?dryRun=All`;
      const attempt = {
        get: () => client.get(path),
        create: () => client.create(dryRun, { metadata: { name: 'x' } }),
        patch: () => client.patch(dryRun, MERGE, { metadata: { labels: { x: 'y' } } }),
        delete: () => client.delete(dryRun),
      }[verb];
      const wanted = `system:serviceaccount:netaware:netaware-${component}" cannot ${verb === 'get' ? '(get|list)' : verb} `;
      await expect(attempt()).rejects.toThrow(new RegExp(`: 403 .* is forbidden: User "${wanted}`));
    });
  });

  describe('of the scheduler, beside those of the default scheduler,', () => {
    const USER = 'system:serviceaccount:netaware:netaware-scheduler';
    const LEASES = { group: 'coordination.k8s.io', resource: 'leases' };

    it('are all that the API server gives that one, but for leases', async () => {
      const given = await Promise.all(
        ['system:kube-scheduler', 'system:volume-scheduler'].map(
          (name) => admin.get(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`) as Promise<{ rules: Rule[] }>,
        ),
      );
      const wanted = given.flatMap(({ rules }) => rules.flatMap(accessesOf));
      expect(wanted.length).toBeGreaterThan(80);
      const missing: Access[] = [];
      for (const access of wanted) if (!(await isAllowed(admin, USER, access))) missing.push(access);
      // The group extensions is what it was called before Kubernetes 1.16.
      const others = missing.filter(({ group }) => group !== 'coordination.k8s.io' && group !== 'extensions');
      expect(others).toEqual([]);
      expect(missing.map(({ resource }) => resource)).toContain('leasecandidates');
    });

    it.each([
      ...['get', 'update', 'patch', 'delete'].map((verb) => ({
        ...{ verb, ...LEASES, namespace: 'kube-system', name: 'kube-scheduler' },
      })),
      { verb: 'create', ...LEASES, namespace: 'kube-system' },
      { verb: 'update', ...LEASES, namespace: 'netaware', name: 'another' },
      { verb: 'create', ...LEASES, resource: 'leasecandidates', namespace: 'kube-system' },
      { verb: 'update', ...LEASES, resource: 'leasecandidates', namespace: 'kube-system' },
      { verb: 'create', resource: 'pods', namespace: 'default' },
      { verb: 'patch', resource: 'pods', namespace: 'default' },
      { verb: 'get', resource: 'secrets', namespace: 'kube-system' },
    ])('are not to $verb $resource $namespace/$name', async (access) => {
      expect(await isAllowed(admin, USER, access)).toBe(false);
    });

    it('are to its own lease', async () => {
      const own = { verb: 'update', ...LEASES, namespace: 'netaware', name: 'netaware-scheduler' };
      expect(await isAllowed(admin, USER, own)).toBe(true);
    });
  });

  describe('of the aggregator to a pod', () => {
    const POD = '/api/v1/namespaces/default/pods/gated';
    const STRATEGIC = 'application/strategic-merge-patch+json';
    let aggregator: KubernetesClient;

    beforeAll(async () => {
      aggregator = await installation.clientOf('aggregator');
      const spec = { schedulingGates: [{ name: 'test/never' }, { name: ORDERED_GATE }], nodeSelector: { x: 'y' } };
      // Of no group, or the aggregator itself would remove its gate.
      await createPod(cluster, 'gated', { group: 'none', workload: '', spec });
      await until('the policy is in force', DEADLINE_MS, async () => {
        const patch = { metadata: { labels: { x: 'y' } } };
        try {
          await aggregator.patch(`${POD}?dryRun=All`, MERGE, patch);
          return 'a label was accepted';
        } catch (err) {
          if (err instanceof AppError) return undefined;
          throw err;
        }
      });
    });

    it.each([
      ['labels', { metadata: { labels: { x: 'y' } } }],
      ['annotations', { metadata: { annotations: { x: 'y' } } }],
      ['finalizers', { metadata: { finalizers: ['netaware.io/x'] } }],
      ['the owner', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'x' }] } }],
      ['the image', { spec: { containers: [{ name: 'app', image: 'example/other:1' }] } }],
      ['the node selector', { spec: { nodeSelector: { z: 'y' } } }],
      ['the time to live', { spec: { activeDeadlineSeconds: 1 } }],
    ])('are not to %s', async (_what, patch) => {
      await expect(aggregator.patch(`${POD}?dryRun=All`, STRATEGIC, patch)).rejects.toThrow(
        'netaware-aggregator may change nothing of a pod but the gate netaware.io/ordered',
      );
    });

    it('are not to tolerations', async () => {
      const patch = [{ op: 'add', path: '/spec/tolerations/-', value: { operator: 'Exists' } }];
      await expect(aggregator.patch(`${POD}?dryRun=All`, 'application/json-patch+json', patch)).rejects.toThrow(
        'netaware-aggregator may change nothing of a pod but the gate netaware.io/ordered',
      );
    });

    it('are not to other gates', async () => {
      const patch = { spec: { schedulingGates: [{ $patch: 'delete', name: 'test/never' }] } };
      await expect(aggregator.patch(`${POD}?dryRun=All`, STRATEGIC, patch)).rejects.toThrow(
        "of a pod's gates, netaware-aggregator may remove netaware.io/ordered only",
      );
    });
  });

  describe('of the scheduler to a node', () => {
    const NODE = '/api/v1/nodes/a';
    const TOUCH = { metadata: { annotations: { 'netaware.io/network-changed-at': '2026-01-01T00:00:00Z' } } };
    let scheduler: KubernetesClient;

    beforeAll(async () => {
      scheduler = await installation.clientOf('scheduler');
      // A policy takes effect some time after it was created.
      await until('the policy is in force', DEADLINE_MS, async () => {
        try {
          await scheduler.patch(`${NODE}?dryRun=All`, MERGE, { metadata: { labels: { x: 'y' } } });
          return 'a label was accepted';
        } catch (err) {
          if (err instanceof AppError) return undefined;
          throw err;
        }
      });
    });

    it('are to one annotation', async () => {
      expect(await scheduler.patch(NODE, MERGE, TOUCH)).toMatchObject(TOUCH);
    });

    it.each([
      ['labels', { metadata: { labels: { x: 'y' } } }],
      ['taints', { spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } }],
      ['the taint of a cordoned node', { spec: { unschedulable: true } }],
      ['finalizers', { metadata: { finalizers: ['netaware.io/x'] } }],
    ])('are not to %s', async (_what, patch) => {
      await expect(scheduler.patch(NODE, MERGE, patch)).rejects.toThrow(
        'netaware-scheduler may change nothing of a node but the annotation netaware.io/network-changed-at',
      );
    });

    it.each([
      ['another annotation', { 'netaware.io/other': 'x' }],
      ['the annotation that agents probe by', { 'netaware.io/probe-address': null }],
    ])('are not to %s', async (_what, annotations) => {
      await expect(scheduler.patch(NODE, MERGE, { metadata: { annotations } })).rejects.toThrow(
        "of a node's annotations, netaware-scheduler may change netaware.io/network-changed-at only",
      );
    });

    it('bind nobody else', async () => {
      const patch = { metadata: { labels: { x: 'y' }, annotations: { 'netaware.io/other': 'x' } } };
      expect(await admin.patch(NODE, MERGE, patch)).toMatchObject(patch);
      expect(await admin.patch(`${NODE}/status`, MERGE, { status: { capacity: { cpu: '8' } } })).toMatchObject(patch);
    });
  });
});
