import { describe, expect, it } from 'vitest';
import { callsIn, callsPerCall } from '#benchmark/call-graph.ts';
import { appGroupOf, podOf } from '#benchmark/manifests.ts';
import { ONLINE_BOUTIQUE } from '#benchmark/presets/online-boutique.ts';
import { buildGraph } from '#core/appgroup/graph.ts';
import { trafficOrder } from '#core/appgroup/traffic-order.ts';

describe('the Online Boutique preset', () => {
  it('makes as many calls in all as its call ratios say', () => {
    const total = [...callsIn(ONLINE_BOUTIQUE).values()].reduce((sum, calls) => sum + calls, 0);
    expect(total).toBeCloseTo(1 + 9.996 + 0.72 + 1.07 + 0.427, 3);
  });

  it('turns calls for each request to the front into calls for each call', () => {
    const [redis] = callsPerCall(ONLINE_BOUTIQUE, 'cart');
    expect(redis).toMatchObject({ name: 'redis' });
    expect(redis?.calls).toBeCloseTo(1.07 / (0.89 + 0.072));
  });

  it('is an AppGroup, ordered around its front', () => {
    const graph = buildGraph(appGroupOf(ONLINE_BOUTIQUE, 'default').spec);
    const order = trafficOrder(graph);
    expect(order).toHaveLength(11);
    expect(order.slice(0, 4)).toEqual(['frontend', 'productcatalog', 'currency', 'recommendation']);
  });

  it('makes pods whose scheduler is the only difference between two arms', () => {
    const options = { namespace: 'demo', podName: 'cart-1', seed: 1 };
    const [one, other] = ['default-scheduler', 'netaware-scheduler'].map((schedulerName) =>
      JSON.stringify(podOf(ONLINE_BOUTIQUE, 'cart', { ...options, schedulerName })),
    );
    expect(one?.replace('default-scheduler', 'netaware-scheduler')).toBe(other);
    expect(one).toContain('http://redis.demo:8080/');
  });
});
