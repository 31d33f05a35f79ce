import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appGroup } from '#core/api/app-group.ts';
import { appGroupManifest } from '#core/appgroup/proposal.ts';
import { type DiscoverOptions, discoverAppGroup } from './discover.ts';
import { MESH_NAMES, MESHES, type MeshName, trafficQuery } from './meshes.ts';
import type { MetricSamples, Sample } from './traffic.ts';
import { weightsOf } from './weights.ts';

/** Labels of a call as each mesh tells it; a name is "workload" in namespace shop, or "namespace/workload". */
const LABELS: Record<MeshName, (origin: string, destination: string) => Sample['labels']> = {
  istio: (origin, destination) => ({
    source_workload_namespace: namespaceOf(origin),
    source_workload: workloadOf(origin),
    destination_workload_namespace: namespaceOf(destination),
    destination_workload: workloadOf(destination),
  }),
  linkerd: (origin, destination) => ({
    namespace: namespaceOf(origin),
    deployment: workloadOf(origin),
    dst_namespace: namespaceOf(destination),
    dst_deployment: workloadOf(destination),
  }),
  hubble: (origin, destination) => ({
    source_namespace: namespaceOf(origin),
    source_workload: workloadOf(origin),
    destination_namespace: namespaceOf(destination),
    destination_workload: workloadOf(destination),
  }),
};

function namespaceOf(name: string): string {
  return name.includes('/') ? name.slice(0, name.indexOf('/')) : 'shop';
}

function workloadOf(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

type Counted = Record<string, number | { reporter: string; value: number }[]>;

/** `counted` has "origin destination" -> how much its counter rose, or that of each reporter. */
function samplesOf(mesh: MeshName, counted: Counted): Sample[] {
  return Object.entries(counted).flatMap(([ends, amount]) => {
    const [origin = '', destination = ''] = ends.split(' ');
    const labels = LABELS[mesh](origin, destination);
    const reports = typeof amount === 'number' ? [{ value: amount }] : amount;
    return reports.map(({ value, ...reporter }) => ({ labels: { ...labels, ...reporter }, value }));
  });
}

function discover(
  mesh: MeshName,
  counted: Partial<Record<MetricSamples['measure'], Counted>>,
  options: Partial<DiscoverOptions> = {},
) {
  const metrics = Object.entries(counted).map(([measure, counts]) => ({
    measure: measure as MetricSamples['measure'],
    samples: samplesOf(mesh, counts),
  }));
  return discoverAppGroup(MESHES[mesh], metrics, { weight: 'requests', minSharePercent: 0, ...options });
}

/** "origin destination" -> weight */
function weights(proposal: ReturnType<typeof discover>): Record<string, number> {
  return Object.fromEntries(
    (proposal?.calls ?? []).map(({ origin, destination, weight }) => [`${origin} ${destination}`, weight]),
  );
}

describe.each(MESH_NAMES)('calls that %s counted', (mesh) => {
  it('weigh in proportion to their requests, the largest 1000, none below 1', () => {
    const requests = { 'web cart': 4660, 'web ads': 36.4, 'cart db': 1070, 'web log': 0.01 };
    expect(weights(discover(mesh, { requests }))).toEqual({
      'web cart': 1000,
      'web ads': 8,
      'cart db': 230,
      'web log': 1,
    });
  });

  it('without traffic are none', () => {
    expect(weights(discover(mesh, { requests: { 'web cart': 5, 'web ads': 0, 'cart db': Number.NaN } }))).toEqual({
      'web cart': 1000,
    });
    expect(discover(mesh, { requests: { 'web cart': 0 } })).toBeUndefined();
    expect(discover(mesh, { requests: {} }, { namespace: 'shop' })).toBeUndefined();
  });

  it('of other namespaces, of unknown ends and to oneself are left out, and told', () => {
    const requests = { 'web cart': 5, 'web bank/pay': 7, ' web': 8, 'cart cart': 9 };
    const proposal = discover(mesh, { requests });
    expect(weights(proposal)).toEqual({ 'web cart': 1000 });
    expect(proposal?.assumptions).toEqual(
      expect.arrayContaining([
        'left out, as an end is in another namespace: shop/web -> bank/pay (7 requests)',
        'left out, as an end is not known: unknown -> web (8 requests)',
        'left out, as no workload depends on itself: cart -> cart (9 requests)',
      ]),
    );
  });

  it('below a share are left out, and told', () => {
    const proposal = discover(mesh, { requests: { 'web cart': 990, 'web ads': 10 } }, { minSharePercent: 1.5 });
    expect(weights(proposal)).toEqual({ 'web cart': 1000 });
    expect(proposal?.workloads.map(({ name }) => name)).toEqual(['cart', 'web']);
    expect(proposal?.assumptions).toContain('web -> ads is left out: 1.0 % of the traffic is below --min-share');
  });

  it('of an excluded workload are left out, and told', () => {
    const proposal = discover(mesh, { requests: { 'load web': 99, 'web cart': 1 } }, { exclude: ['load'] });
    expect(weights(proposal)).toEqual({ 'web cart': 1000 });
    expect(proposal?.assumptions).toContain('load is left out, as asked for');
  });

  it('take the namespace that is chosen, or the only one, and its name', () => {
    const requests = { 'web cart': 1, 'bank/a bank/b': 2, 'bank/a bank/c': 2 };
    expect(() => discover(mesh, { requests })).toThrow('choose with --namespace: bank (2 calls), shop (1 call)');
    const proposal = discover(mesh, { requests }, { namespace: 'bank' });
    expect(proposal).toMatchObject({ name: 'bank', namespace: 'bank' });
    expect(weights(proposal)).toEqual({ 'a b': 1000, 'a c': 1000 });
    expect(discover(mesh, { requests: { 'web cart': 1 } }, { name: 'mine' })).toMatchObject({
      name: 'mine',
      namespace: 'shop',
    });
  });

  it.each<[options: Partial<DiscoverOptions>, message: string]>([
    [{ exclude: ['nobody'] }, '--exclude: no workload "nobody"; there are cart, web'],
    [{ exclude: ['cart'] }, '--exclude leaves no call'],
  ])('with %j are refused', (options, message) => {
    expect(() => discover(mesh, { requests: { 'web cart': 1 } }, options)).toThrow(message);
  });

  it('make a valid AppGroup', () => {
    const proposal = discover(mesh, { requests: { 'web cart': 2, 'web Ads.v2': 1 } });
    expect(proposal && appGroup.safeParse(appGroupManifest(proposal)).success).toBe(true);
    expect(weights(proposal)).toEqual({ 'web cart': 1000, 'web ads-v2': 500 });
  });
});

describe('who reports', () => {
  const both = (source: number, destination: number) => [
    { reporter: 'source', value: source },
    { reporter: 'destination', value: destination },
  ];

  it('a request that both ends report counts once', () => {
    const requests = { 'web cart': both(100, 100), 'web ads': both(50, 50) };
    expect(weights(discover('istio', { requests }))).toEqual({ 'web cart': 1000, 'web ads': 500 });
  });

  it('whoever saw more is believed: the other end has no proxy, or not all its pods', () => {
    const requests = {
      'web cart': both(100, 20),
      'web ads': both(0, 50),
      'ads db': [{ reporter: 'waypoint', value: 25 }],
    };
    expect(weights(discover('istio', { requests }))).toEqual({ 'web cart': 1000, 'web ads': 500, 'ads db': 250 });
  });

  it("the waypoint is nobody's workload", () => {
    const proposal = discover('istio', {
      requests: { 'web cart': [{ reporter: 'waypoint', value: 5 }] },
      bytes: { 'web waypoint': both(900, 900) },
    });
    expect(weights(proposal)).toEqual({ 'web cart': 1000 });
    expect(proposal?.assumptions).toContain("left out, as an end is Istio's own proxy: web -> waypoint (900 B)");
  });

  it('says unknown in Istio where there is no proxy', () => {
    const proposal = discover('istio', { requests: { 'web cart': 1, 'unknown/unknown web': 2 } });
    expect(proposal?.assumptions).toContain('left out, as an end is not known: unknown -> web (2 requests)');
  });
});

describe('bytes', () => {
  it('weigh where they are asked for', () => {
    const counted = { requests: { 'web cart': 10, 'web ads': 20 }, bytes: { 'web cart': 4e6, 'web ads': 1e6 } };
    expect(weights(discover('istio', counted, { weight: 'bytes' }))).toEqual({ 'web cart': 1000, 'web ads': 250 });
  });

  it('stand for the requests of what has none, in the proportion of the others', () => {
    const proposal = discover('linkerd', {
      requests: { 'web cart': 300, 'web ads': 100 },
      bytes: { 'web cart': 3000, 'web ads': 1000, 'cart db': 1500 },
    });
    expect(weights(proposal)).toEqual({ 'web cart': 1000, 'web ads': 333, 'cart db': 500 });
    expect(proposal?.assumptions).toContain(
      'cart -> db has no requests of its own: 1.5 kB count as 150 requests, in the proportion of the others',
    );
  });

  it('weigh all where there is no request at all', () => {
    const proposal = discover('istio', { bytes: { 'web db': 200, 'cart db': 100 } });
    expect(weights(proposal)).toEqual({ 'web db': 1000, 'cart db': 500 });
    expect(proposal?.assumptions).toContain('weighed by bytes: no requests were counted');
  });

  it('of which nothing is known in requests weigh the least', () => {
    const proposal = discover('istio', { requests: { 'web cart': 300 }, bytes: { 'cart db': 1500 } });
    expect(weights(proposal)).toEqual({ 'web cart': 1000, 'cart db': 1 });
    expect(proposal?.assumptions).toContain('cart -> db has no requests of its own: it weighs the least');
  });

  it('are none in Hubble', () => {
    expect(() => discover('hubble', { requests: { 'web cart': 1 } }, { weight: 'bytes' })).toThrow(
      '--weight bytes: Hubble does not count bytes',
    );
  });
});

describe("Hubble's flows", () => {
  it('of both directions are the call of whoever opens connections', () => {
    const proposal = discover('hubble', {
      flows: { 'web db': 60, 'db web': 40, 'web cache': 25, 'cache web': 25 },
      connections: { 'web db': 3, 'web cache': 2 },
    });
    expect(weights(proposal)).toEqual({ 'web db': 1000, 'web cache': 500 });
    expect(proposal?.assumptions).toContain('weighed by flows: no requests were counted');
  });

  it('of both directions are the call of whoever sends requests', () => {
    const proposal = discover('hubble', { requests: { 'web cart': 5 }, flows: { 'web cart': 60, 'cart web': 40 } });
    expect(weights(proposal)).toEqual({ 'web cart': 1000 });
  });

  it('stay as they are where both ends call', () => {
    const proposal = discover('hubble', { flows: { 'a b': 10, 'b a': 5 }, connections: { 'a b': 1, 'b a': 1 } });
    expect(weights(proposal)).toEqual({ 'a b': 1000, 'b a': 500 });
  });

  it('go both ways where nothing tells, and that is said', () => {
    const proposal = discover('hubble', { flows: { 'web db': 60, 'db web': 30 } });
    expect(weights(proposal)).toEqual({ 'web db': 1000, 'db web': 500 });
    expect(proposal?.assumptions.filter((line) => line.startsWith('nothing tells'))).toHaveLength(1);
  });
});

describe('the object that owns the pods', () => {
  it("is known from Linkerd's labels", () => {
    const labels = { namespace: 'shop', deployment: 'web', dst_namespace: 'shop', dst_statefulset: 'db' };
    const samples = [{ labels, value: 1 }];
    const options = { weight: 'requests', minSharePercent: 0 } as const;
    expect(discoverAppGroup(MESHES.linkerd, [{ measure: 'requests', samples }], options)?.workloads).toEqual([
      { name: 'db', workloadRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db' } },
      { name: 'web', workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
    ]);
  });

  it('is not known from Istio', () => {
    expect(discover('istio', { requests: { 'web cart': 1 } })?.workloads).toEqual([{ name: 'cart' }, { name: 'web' }]);
  });
});

describe('the question', () => {
  it('adds up what each pair of ends and each reporter counted, of all namespaces', () => {
    const [metric] = MESHES.hubble.metrics.slice(1);
    expect(metric && trafficQuery(MESHES.hubble, metric, { window: '1h' })).toBe(
      'sum by (reporter, source_namespace, source_workload, source_workload_kind, destination_namespace, ' +
        'destination_workload, destination_workload_kind) ' +
        '(increase(hubble_flows_processed_total{verdict=~"FORWARDED|REDIRECTED"}[1h]))',
    );
  });

  it('is of one namespace at either end', () => {
    const [metric] = MESHES.linkerd.metrics;
    expect(metric && trafficQuery(MESHES.linkerd, metric, { window: '30m', namespace: 'shop' })).toContain(
      '(increase(request_total{direction="outbound",namespace="shop"}[30m]) or ' +
        'increase(request_total{direction="outbound",dst_namespace="shop"}[30m]))',
    );
  });
});

describe('weights', () => {
  const amounts = fc.array(fc.double({ min: 1e-6, max: 1e15, noNaN: true }), { minLength: 1, maxLength: 50 });

  it('are whole numbers from 1 to 1000, keep the order, and do not depend on the unit', () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 0, max: 20 }), (list, power) => {
        const found = weightsOf(list);
        expect(Math.max(...found)).toBe(1000);
        for (const [index, weight] of found.entries()) {
          expect(Number.isInteger(weight) && weight >= 1).toBe(true);
          for (const [other, value] of list.entries()) {
            if (value > (list[index] as number)) expect(found[other]).toBeGreaterThanOrEqual(weight);
          }
        }
        expect(weightsOf(list.map((value) => value * 2 ** power))).toEqual(found);
      }),
    );
  });

  it('do not depend on the order of the series', () => {
    const ends = fc.constantFrom('a b', 'b a', 'a c', 'c b');
    const series = fc.array(fc.tuple(ends, fc.constantFrom('source', 'destination'), fc.integer({ min: 0, max: 99 })));
    fc.assert(
      fc.property(series, (list) => {
        const ask = (reports: typeof list) => {
          const samples = reports.flatMap(([pair, reporter, value]) =>
            samplesOf('istio', { [pair]: [{ reporter, value }] }),
          );
          const options = { weight: 'requests', minSharePercent: 0 } as const;
          return discoverAppGroup(MESHES.istio, [{ measure: 'requests', samples }], options);
        };
        expect(ask(list.toReversed())).toEqual(ask(list));
      }),
    );
  });
});
