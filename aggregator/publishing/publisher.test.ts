import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Aggregation } from '#aggregator/aggregation.ts';
import { makeClusterNodes } from '#aggregator/builders.ts';
import type { ClusterWatch } from '#aggregator/cluster/cluster-watch.ts';
import { createPublisher } from '#aggregator/publishing/publisher.ts';
import { type NetworkTopologyStatus, networkTopologySpec } from '#core/api/network-topology.ts';
import { AppError } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeSlice, makeTopology, NOW_MS } from '#test/builders.ts';

const INTERVAL_MS = 1000;

/** A publisher of two nodes' links; `apply` stands for the API server. */
function setUp(
  apply: (path: string, fieldManager: string, body: object) => Promise<unknown>,
  intervalMs = INTERVAL_MS,
) {
  const aggregation = new Aggregation({
    changed: () => {},
    measured: () => {},
    rejected: () => {},
    leaseEnded: () => {},
  });
  aggregation.updateCluster(makeClusterNodes(2), networkTopologySpec.parse({}), NOW_MS);
  aggregation.seed([makeSlice('n0', { n1: { rttMicroseconds: 5000 } })], NOW_MS);
  const logger = createLogger('test', 'silent');
  const [warn, info] = [vi.spyOn(logger, 'warn'), vi.spyOn(logger, 'info')];
  const client = { apply } as unknown as KubernetesClient;
  const cluster = { sliceNames: () => [], topology: () => makeTopology() } as unknown as ClusterWatch;
  return {
    aggregation,
    warn,
    info,
    publisher: createPublisher({ client, aggregation, cluster, published: [], intervalMs, logger }),
  };
}

describe('a publisher', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW_MS }));
  afterEach(() => void vi.useRealTimers());

  it('goes on trying while the API server is away, and logs the outage and its end once', async () => {
    let away = true;
    const written: string[] = [];
    const { publisher, warn, info } = setUp(async (path) => {
      if (away) throw new AppError('UNAVAILABLE', 'connection refused');
      written.push(path);
    });
    publisher.request();
    await vi.advanceTimersByTimeAsync(5 * INTERVAL_MS);
    expect(written).toEqual([]);
    expect(warn).toHaveBeenCalledTimes(1);
    away = false;
    await vi.advanceTimersByTimeAsync(5 * INTERVAL_MS);
    expect(written.toSorted()).toEqual([
      expect.stringMatching(/default\/status$/),
      expect.stringMatching(/slices\/n0$/),
    ]);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(info).toHaveBeenCalledTimes(1);
    await publisher.stop();
  });

  it('writes the other slices and the status although one slice is refused', async () => {
    const written: string[] = [];
    const { publisher, aggregation } = setUp(async (path) => {
      if (path.endsWith('/n0')) throw new AppError('INVALID_INPUT', 'refused');
      written.push(path);
    });
    aggregation.seed([makeSlice('n1', { n0: { rttMicroseconds: 5000 } })], NOW_MS);
    publisher.request();
    await vi.advanceTimersByTimeAsync(3 * INTERVAL_MS);
    expect(written.filter((path) => path.endsWith('slices/n1'))).toHaveLength(1);
    expect(written.filter((path) => path.endsWith('default/status'))).toHaveLength(1);
    await publisher.stop();
  });

  it('writes the status of the last measurement although it became due while a slice was being written', async () => {
    const measuredLinks: unknown[] = [];
    const { publisher, aggregation } = setUp(async (path, _fieldManager, body) => {
      if (path.endsWith('slices/n1')) await new Promise((resolve) => setTimeout(resolve, 700));
      if ('status' in body) measuredLinks.push((body.status as NetworkTopologyStatus).measuredLinks);
    }, 100);
    publisher.request();
    await vi.advanceTimersByTimeAsync(500);
    expect(measuredLinks).toEqual([1]);
    aggregation.seed([makeSlice('n1', { n0: { rttMicroseconds: 5000 } })], NOW_MS);
    publisher.request();
    await vi.advanceTimersByTimeAsync(5000);
    expect(measuredLinks).toEqual([1, 2]);
    await publisher.stop();
  });
});
