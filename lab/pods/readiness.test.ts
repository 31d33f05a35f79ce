import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { labContainer, type ReadinessProbe } from '#lab/pods/lab-pod.ts';
import { probeUrl, watchReadiness } from '#lab/pods/readiness.ts';

const ADDRESS = '10.97.1.10';

function containerWith(readinessProbe: object) {
  const ports = [{ name: 'web', containerPort: 8080 }];
  return labContainer.parse({ name: 'main', ports, readinessProbe });
}

test.each([
  { probe: { httpGet: { path: '/healthz', port: 9000 } }, want: `http://${ADDRESS}:9000/healthz` },
  { probe: { httpGet: { path: 'healthz', port: 'web' } }, want: `http://${ADDRESS}:8080/healthz` },
  { probe: { httpGet: { port: 9000 } }, want: `http://${ADDRESS}:9000/` },
  { probe: { httpGet: { port: 'other' } }, want: undefined },
  { probe: { tcpSocket: { port: 9000 } }, want: undefined },
])('the probe $probe asks $want', ({ probe, want }) => {
  const container = containerWith(probe);
  expect(probeUrl(container.readinessProbe as ReadinessProbe, container, ADDRESS)).toBe(want);
});

test('a container is ready from its first good answer, and unready after several bad ones in a row', async () => {
  const answers = [500, 500, 200, 500, 204, 500, 500];
  const server = createServer((_request, response) => {
    response.statusCode = answers.shift() ?? 500;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const probe = { periodSeconds: 0.01, timeoutSeconds: 1, failureThreshold: 2 };
  const changes: { isReady: boolean; unasked: number }[] = [];
  const stop = watchReadiness(probe, `http://127.0.0.1:${port}/`, (isReady) => {
    changes.push({ isReady, unasked: answers.length });
  });
  onTestFinished(stop);
  await vi.waitFor(() => expect(changes).toHaveLength(2), { timeout: 5_000 });
  expect(changes).toEqual([
    { isReady: true, unasked: 4 },
    { isReady: false, unasked: 0 },
  ]);
});
