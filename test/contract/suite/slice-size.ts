import { expect, test } from 'vitest';
import { sliceOf } from '#aggregator/publishing/slice-content.ts';
import { SLICE_BYTES } from '#aggregator/publishing/stored-size.ts';
import { asStored } from '#benchmark/slices/stored-form.ts';
import { NETWORK_TOPOLOGY_SLICE, resourcePath } from '#core/api/custom-resources.ts';
import type { MeasuredLink } from '#core/api/network-topology-slice.ts';
import type { Sandbox } from '#test/contract/sandbox.ts';

const TIME = '2026-01-01T12:00:00.000Z';

/** What the API server stores of a slice, with the ownership of fields that it adds. */
export function sliceSizeTests(sandbox: () => Sandbox): void {
  const widest = (destination: string): MeasuredLink => ({
    ...{ destination, rttMicroseconds: 60_000_000, jitterMicroseconds: 60_000_000, lossPartsPerMillion: 1_000_000 },
    ...{ bandwidthBitsPerSecond: 10_000_000_000_000, rttMethod: 'icmp', samples: 100_000 },
    ...{ rttMeasuredAt: TIME, bandwidthMeasuredAt: TIME },
  });

  async function store(name: string, links: MeasuredLink[]) {
    const { api } = sandbox();
    const path = `${resourcePath(NETWORK_TOPOLOGY_SLICE)}/${name}`;
    const slice = sliceOf(
      { name, uid: 'uid-1', zone: 'z'.repeat(63), region: 'r'.repeat(63), ready: true, draining: false },
      links,
      {
        writtenAtMs: 0,
      },
    );
    const { code, body } = await api.patch(
      `${path}?fieldManager=netaware-aggregator&force=true`,
      'apply-patch+yaml',
      slice,
    );
    await api.delete(path);
    expect(code).toBe(201);
    return { slice, body };
  }

  test.each([
    { length: 1, fill: 0 },
    { length: 20, fill: 0.8 },
    { length: 63, fill: 0.8 },
    { length: 253, fill: 0.8 },
  ])('is within 64 KiB, and not far below, with names of $length letters', async ({ length, fill }) => {
    const names = Array.from({ length: 500 }, (_, index) => index.toString(36).padStart(length, 'n').slice(-length));
    const links = [...new Set(names)].toSorted().map(widest);
    const { body } = await store(sandbox().uniqueName('widest'), links);
    const bytes = JSON.stringify(body).length;
    expect(bytes).toBeLessThanOrEqual(SLICE_BYTES);
    expect(bytes).toBeGreaterThan(fill * SLICE_BYTES);
  });

  test('is what the benchmark of sizes takes it for', async () => {
    const links = Array.from({ length: 32 }, (_, index) => widest(`node-${index}`)).toSorted((a, b) =>
      a.destination < b.destination ? -1 : 1,
    );
    const { slice, body } = await store(sandbox().uniqueName('sized'), links);
    const { uid, resourceVersion } = body.metadata;
    const model = asStored(slice, { uid, resourceVersion });
    // The owner of ownerReferences is recorded as a whole, or field by field.
    expect(Math.abs(JSON.stringify(model).length - JSON.stringify(body).length)).toBeLessThan(100);
  });
}
