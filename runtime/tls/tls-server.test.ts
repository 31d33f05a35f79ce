import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createHttpApp, type HttpServer } from '#runtime/http-server.ts';
import { createLogger } from '#runtime/logger.ts';
import { demandClientCertificate } from '#runtime/tls/client-certificate.ts';
import type { ServingFiles } from '#runtime/tls/serving-files.ts';
import { type IssueOptions, type KeyPairFiles, makeCertificateAuthority } from '#test/certificates.ts';
import { makeSecretVolume } from '#test/secret-volume.ts';
import { askByTls } from '#test/tls-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'netaware-tls-'));
const ca = makeCertificateAuthority(join(folder, 'ca'));
const otherCa = makeCertificateAuthority(join(folder, 'other-ca'), 'other-ca');
const WAIT = { timeout: 20_000, interval: 50 };
let server: HttpServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A server with one path to guard, `/v1/secret`. */
async function serve(files: ServingFiles, clientName?: string) {
  const [logger, registry] = [createLogger('test', 'silent'), new Registry()];
  const guard = demandClientCertificate({ clientName, logger, registry });
  const http = createHttpApp({
    logger,
    registry,
    notReady: () => undefined,
    bodyLimitBytes: 1000,
    ...(files.clientCaFile === undefined ? {} : { guard }),
  });
  http.app.all('/v1/secret', (_request, response) => void response.json('told'));
  server = await http.listen('127.0.0.1', 0, files);
  const url = `https://127.0.0.1:${server.port}`;
  return {
    ask: (path: string, client?: KeyPairFiles, body?: string) =>
      askByTls(url + path, { caFile: ca.certFile, client, ...(body === undefined ? {} : { method: 'POST', body }) }),
    metric: async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value,
  };
}

function issueServer(name: string, options: Partial<IssueOptions> = {}): KeyPairFiles {
  return ca.issue({ name, ipAddresses: ['127.0.0.1'], ...options });
}

describe('a server with a client CA', () => {
  const pair = issueServer('server');
  const files = { ...pair, clientCaFile: ca.certFile };
  const clients = {
    scheduler: ca.issue({ name: 'system:kube-scheduler', usage: 'clientAuth' }),
    other: ca.issue({ name: 'other', usage: 'clientAuth' }),
    stranger: otherCa.issue({ name: 'system:kube-scheduler', usage: 'clientAuth' }),
    expired: ca.issue({ name: 'expired', usage: 'clientAuth', days: -1 }),
    server: ca.issue({ name: 'a-server', usage: 'serverAuth' }),
  };

  it.each([
    { behaviour: 'the named client', client: clients.scheduler, status: 200, body: '"told"' },
    { behaviour: 'a client without a certificate', status: 403, body: /a client certificate is wanted, and none/ },
    { behaviour: "another CA's client", client: clients.stranger, status: 403, body: /is not accepted: / },
    { behaviour: 'an expired one', client: clients.expired, status: 403, body: /is not accepted: .*EXPIRED/ },
    { behaviour: 'a server as client', client: clients.server, status: 403, body: /is not accepted: .*PURPOSE/ },
    {
      behaviour: 'a client of another name',
      client: clients.other,
      status: 403,
      body: /the client certificate is for \\"other\\", wanted \\"system:kube-scheduler\\"/,
    },
  ])('answers $behaviour with $status, and all of them on the open paths', async ({ client, status, body }) => {
    const { ask, metric } = await serve(files, 'system:kube-scheduler');
    const answer = await ask('/v1/secret', client);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(body);
    expect(await metric('netaware_tls_refused_clients_total')).toBe(status === 403 ? 1 : undefined);
    for (const path of ['/livez', '/readyz', '/metrics']) expect((await ask(path, client)).status).toBe(200);
  });

  it('takes any name where none is pinned, and tells nothing else to strangers, not even which paths there are', async () => {
    const { ask } = await serve(files);
    expect((await ask('/v1/secret', clients.other)).status).toBe(200);
    expect((await ask('/v1/nothing', clients.other)).status).toBe(404);
    expect((await ask('/v1/nothing')).status).toBe(403);
  });

  it('refuses before it reads a body', async () => {
    const { ask } = await serve(files);
    expect((await ask('/v1/secret', undefined, 'no JSON')).status).toBe(403);
    expect((await ask('/v1/secret', clients.other, 'no JSON')).status).toBe(400);
  });

  it('keeps idle connections for longer than the 90 s after which Go closes its end', async () => {
    const { ask } = await serve(files);
    expect((await ask('/livez')).headers['keep-alive']).toBe('timeout=120');
  });
});

describe('a server whose files are replaced as the kubelet does', () => {
  const content = ({ certFile, keyFile }: KeyPairFiles) => ({
    'tls.crt': readFileSync(certFile, 'utf8'),
    'tls.key': readFileSync(keyFile, 'utf8'),
    'ca.crt': readFileSync(ca.certFile, 'utf8'),
  });
  const first = content(issueServer('first'));
  const second = content(issueServer('second', { days: 2 }));

  async function serveVolume() {
    const volume = makeSecretVolume(mkdtempSync(join(folder, 'volume-')), first);
    const served = await serve({
      certFile: volume.path('tls.crt'),
      keyFile: volume.path('tls.key'),
      clientCaFile: volume.path('ca.crt'),
    });
    return { ...served, volume };
  }

  it('serves the new certificate, and says when it ends', async () => {
    const { ask, metric, volume } = await serveVolume();
    expect((await ask('/livez')).serverName).toBe('first');
    volume.swap(second);
    await vi.waitFor(async () => expect((await ask('/livez')).serverName).toBe('second'), WAIT);
    const end = Date.parse(new X509Certificate(second['tls.crt']).validTo) / 1000;
    expect(await metric('netaware_tls_certificate_not_after_seconds')).toBe(end);
    expect(await metric('netaware_tls_reload_failures_total')).toBe(0);
  });

  it.each([
    { behaviour: 'half written', bad: { ...second, 'tls.key': first['tls.key'] } },
    { behaviour: 'cut short', bad: { ...second, 'tls.crt': second['tls.crt'].slice(0, 200) } },
    { behaviour: 'empty', bad: { ...second, 'tls.key': '' } },
    { behaviour: 'incomplete', bad: { 'tls.crt': second['tls.crt'], 'ca.crt': second['ca.crt'] } },
    { behaviour: 'expired', bad: content(issueServer('expired-server', { days: -1 })) },
    { behaviour: 'without a client CA', bad: { ...second, 'ca.crt': '' } },
  ])('goes on with the last good ones where the new are $behaviour, and recovers', async ({ bad }) => {
    const { ask, metric, volume } = await serveVolume();
    volume.swap(bad);
    await vi.waitFor(async () => expect(await metric('netaware_tls_reload_failures_total')).toBeGreaterThan(0), WAIT);
    expect((await ask('/livez')).serverName).toBe('first');
    volume.swap(second);
    await vi.waitFor(async () => expect((await ask('/livez')).serverName).toBe('second'), WAIT);
  });

  it('trusts the new client CA, and the old one no more', async () => {
    const { ask, volume } = await serveVolume();
    const [mine, theirs] = [ca.issue({ name: 'mine' }), otherCa.issue({ name: 'theirs' })];
    expect((await ask('/v1/secret', mine)).status).toBe(200);
    volume.swap({ ...first, 'ca.crt': readFileSync(otherCa.certFile, 'utf8') });
    await vi.waitFor(async () => expect((await ask('/v1/secret', theirs)).status).toBe(200), WAIT);
    expect((await ask('/v1/secret', mine)).status).toBe(403);
  });
});
