import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TheirTopologyWriter } from '#aggregator/publishing/their-topology-writer.ts';
import { networkTopologySpec } from '#core/api/network-topology.ts';
import { AppError } from '#core/errors.ts';
import { LinkMatrix } from '#core/topology/link-matrix.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import { createLogger } from '#runtime/logger.ts';
import { makeSlice, NOW_MS } from '#test/builders.ts';

const MINUTE_MS = 60_000;
const nodes = ['a', 'b'].map((zone) => ({ name: `n-${zone}`, zone, region: 'r' }));
const maxima = { rttMicroseconds: 10_000, bandwidthBitsPerSecond: 1e9, lossPartsPerMillion: 10_000 };

function matrixOf(rttMs: number, bandwidthBitsPerSecond?: number): LinkMatrix {
  const bandwidth = bandwidthBitsPerSecond === undefined ? {} : { bandwidthBitsPerSecond };
  const slices = [makeSlice('n-a', { 'n-b': { rttMicroseconds: rttMs * 1000, ...bandwidth } })];
  const spec = networkTopologySpec.parse({ weights: { latency: 100, bandwidth: 0, loss: 0 } });
  return LinkMatrix.of({ nodes, slices, spec, maxima, nowMs: NOW_MS });
}

describe("the writer of scheduler-plugins' NetworkTopology", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** `held` is what the API server holds. */
  function setUp(held?: { spec: object }) {
    const server = { held: held && { metadata: { name: 'measured' }, ...held } };
    const client = {
      get: vi.fn(async () => {
        if (server.held === undefined) throw new AppError('NOT_FOUND', 'no such object');
        return server.held;
      }),
      apply: vi.fn(async (_path: string, _manager: string, body: object) => {
        server.held = body as typeof server.held;
      }),
    };
    const logger = createLogger('test', 'silent');
    const warn = vi.spyOn(logger, 'warn');
    const target = { namespace: 'kube-system', name: 'measured' };
    const writer = new TheirTopologyWriter(client as unknown as KubernetesClient, target, logger);
    return { server, client, warn, writer };
  }

  it('writes what was measured', async () => {
    const { client, writer } = setUp();
    await writer.write(matrixOf(2, 5e8));
    const costList = (destination: string) => [{ destination, networkCost: 20, bandwidthCapacity: '500000000' }];
    expect(client.apply.mock.calls).toEqual([
      [
        '/apis/networktopology.diktyo.x-k8s.io/v1alpha1/namespaces/kube-system/networktopologies/measured',
        'netaware-aggregator',
        {
          apiVersion: 'networktopology.diktyo.x-k8s.io/v1alpha1',
          kind: 'NetworkTopology',
          metadata: { namespace: 'kube-system', name: 'measured' },
          spec: {
            configmapName: 'none',
            weights: [
              {
                name: 'NetAware',
                topologyList: [
                  { topologyKey: 'topology.kubernetes.io/region', originList: [] },
                  {
                    topologyKey: 'topology.kubernetes.io/zone',
                    originList: [
                      { origin: 'a', costList: costList('b') },
                      { origin: 'b', costList: costList('a') },
                    ],
                  },
                ],
              },
            ],
          },
        },
      ],
    ]);
  });

  it.each([
    ['the same', 2, 5e8, false],
    ['a cost that is 1 more', 2.1, 5e8, false],
    ['a cost that is 2 more', 2.2, 5e8, true],
    ['a bandwidth that is 9 % less', 2, 4.55e8, false],
    ['a bandwidth that is 11 % less', 2, 4.45e8, true],
    ['no bandwidth', 2, undefined, true],
  ])('does or does not write again: %s', async (_what, rttMs, bandwidth, again) => {
    const { client, writer } = setUp();
    await writer.write(matrixOf(2, 5e8));
    await writer.write(matrixOf(rttMs, bandwidth));
    expect(client.apply).toHaveBeenCalledTimes(again ? 2 : 1);
  });

  it('goes on with what an earlier process wrote, and reads it once a minute', async () => {
    const first = setUp();
    await first.writer.write(matrixOf(2));
    const { client, server, writer } = setUp(first.server.held);
    for (let time = 0; time < 4; time++) await writer.write(matrixOf(2));
    expect({ reads: client.get.mock.calls.length, writes: client.apply.mock.calls.length }).toEqual({
      reads: 1,
      writes: 0,
    });
    server.held = undefined;
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    await writer.write(matrixOf(2));
    expect({ reads: client.get.mock.calls.length, writes: client.apply.mock.calls.length }).toEqual({
      reads: 2,
      writes: 1,
    });
  });

  it('does not write over what others wrote', async () => {
    const { client, warn, writer } = setUp({ spec: { weights: [{ name: 'UserDefined', topologyList: [] }] } });
    for (let minute = 0; minute < 3; minute++) {
      await writer.write(matrixOf(2));
      await vi.advanceTimersByTimeAsync(MINUTE_MS);
    }
    expect(client.apply).not.toHaveBeenCalled();
    expect(warn.mock.calls).toMatchObject([
      [
        { err: { message: 'it has weights of others (UserDefined): give it another name' } },
        expect.stringMatching(/^cannot publish costs/),
      ],
    ]);
  });

  it.each(['NOT_FOUND', 'FORBIDDEN'] as const)('tells once of %s, and tries again after a minute', async (code) => {
    const { client, warn, writer } = setUp();
    client.apply.mockRejectedValueOnce(new AppError(code, 'no')).mockRejectedValueOnce(new AppError(code, 'no'));
    for (const after of [0, 1000, MINUTE_MS, 1000]) {
      await vi.advanceTimersByTimeAsync(after);
      await writer.write(matrixOf(2));
    }
    expect(client.apply).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    await writer.write(matrixOf(2));
    expect(client.apply).toHaveBeenCalledTimes(3);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('throws where the API server is away', async () => {
    const { client, writer } = setUp();
    client.get.mockRejectedValueOnce(new AppError('UNAVAILABLE', 'away'));
    await expect(writer.write(matrixOf(2))).rejects.toThrow('away');
    await writer.write(matrixOf(2));
    expect(client.apply).toHaveBeenCalledTimes(1);
  });
});
