import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '#runtime/logger.ts';
import { makeCertificateAuthority } from '#test/certificates.ts';
import { askByTls } from '#test/tls-client.ts';
import { loadConfig } from './config.ts';
import { startExtender } from './main.ts';

const STATE = fileURLToPath(new URL('../test/fixtures/state/shop.yaml', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netaware-extender-'));
const ca = makeCertificateAuthority(folder);
const serving = ca.issue({ name: 'extender', ipAddresses: ['127.0.0.1'] });
const scheduler = ca.issue({ name: 'system:kube-scheduler', usage: 'clientAuth' });
let url: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  const env = {
    NETAWARE_HOST: '127.0.0.1',
    NETAWARE_PORT: '0',
    NETAWARE_TLS_CERT_FILE: serving.certFile,
    NETAWARE_TLS_PRIVATE_KEY_FILE: serving.keyFile,
    NETAWARE_CLIENT_CA_FILE: ca.certFile,
    NETAWARE_CLIENT_NAME: 'system:kube-scheduler',
  };
  const extender = await startExtender(loadConfig({ state: [STATE] }, env), createLogger('test', 'silent'));
  url = `https://127.0.0.1:${extender.port}`;
  stop = extender.stop;
});
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

it.each([
  { path: '/scheduler/prioritize', body: '{"Pod":{"metadata":{"name":"p"},"spec":{}},"NodeNames":["cloud-1"]}' },
  { path: '/scheduler/filter', body: '{"Pod":{"metadata":{"name":"p"},"spec":{}},"NodeNames":["cloud-1"]}' },
  { path: '/v1/explain?namespace=store&pod=web-1' },
])('answers $path to the scheduler alone', async ({ path, body }) => {
  const request = body === undefined ? {} : { method: 'POST', body };
  const ask = (client?: typeof scheduler) => askByTls(url + path, { caFile: ca.certFile, client, ...request });
  expect((await ask(scheduler)).status).toBe(200);
  expect(await ask()).toMatchObject({ status: 403, body: expect.stringMatching(/"error":"a client certificate/) });
});

it.each(['/livez', '/readyz', '/metrics'])('answers %s to everyone', async (path) => {
  expect((await askByTls(url + path, { caFile: ca.certFile })).status).toBe(200);
});
