import { afterAll, beforeAll, describe } from 'vitest';
import type { ApiConnection } from '#test/contract/api-connection.ts';
import { createSandbox, type Sandbox } from '#test/contract/sandbox.ts';
import { applyTests } from '#test/contract/suite/apply.ts';
import { applyListMapTests } from '#test/contract/suite/apply-list-maps.ts';
import { customResourceTests } from '#test/contract/suite/custom-resources.ts';
import { listAndWatchTests } from '#test/contract/suite/list-and-watch.ts';
import { podTests } from '#test/contract/suite/pods.ts';
import { refusedObjectTests } from '#test/contract/suite/refused-objects.ts';
import { requestTests } from '#test/contract/suite/requests.ts';
import { selectorTests } from '#test/contract/suite/selectors.ts';
import { sliceSizeTests } from '#test/contract/suite/slice-size.ts';
import { writeTests } from '#test/contract/suite/writes.ts';

/**
 * What netaware relies on of an API server. Asserts only what kube-apiserver does, so that it passes on the embedded
 * one and on a real one alike. It works in a namespace of its own, and removes it.
 */
export function describeApiServerContract(name: string, connect: () => Promise<ApiConnection>): void {
  describe(name, () => {
    let connection: ApiConnection;
    let sandbox: Sandbox;
    beforeAll(async () => {
      connection = await connect();
      sandbox = await createSandbox(connection);
    });
    afterAll(async () => {
      await sandbox?.api.delete(`/api/v1/namespaces/${sandbox.namespace}`);
      await connection?.close();
    });
    const current = () => sandbox;
    describe('list and watch', () => listAndWatchTests(current));
    describe('selectors', () => selectorTests(current));
    describe('writes', () => writeTests(current));
    describe('server-side apply', () => applyTests(current));
    describe('server-side apply to list maps', () => applyListMapTests(current));
    describe('pods and nodes', () => podTests(current));
    describe('custom resources', () => customResourceTests(current));
    describe('objects of ours', () => refusedObjectTests(current));
    describe('the size of a slice', () => sliceSizeTests(current));
    describe('requests', () => requestTests(current));
  });
}
