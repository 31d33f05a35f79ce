import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '#runtime/logger.ts';
import { loadConfig } from '#scheduler-extender/config.ts';
import { startExtender } from '#scheduler-extender/main.ts';
import { makeCertificateAuthority } from '#test/certificates.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));

describe('explain by TLS', () => {
  const ca = makeCertificateAuthority(join(folder, 'ca'));
  const server = ca.issue({ name: 'extender', dnsNames: ['extender.netaware.svc'], usage: 'serverAuth' });
  const client = ca.issue({ name: 'scheduler', usage: 'clientAuth' });
  const showing = ['--client-certificate', client.certFile, '--client-key', client.keyFile];
  const trusting = ['--certificate-authority', ca.certFile, '--tls-server-name', 'extender.netaware.svc'];
  let port: number;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const config = loadConfig(
      {
        host: '127.0.0.1',
        port: '0',
        state: [join(ROOT, 'test/fixtures/state/shop.yaml')],
        tlsCertFile: server.certFile,
        tlsPrivateKeyFile: server.keyFile,
        clientCaFile: ca.certFile,
      },
      {},
    );
    ({ port, stop } = await startExtender(config, createLogger('test', 'silent')));
  });
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  const explain = async (...args: string[]) => {
    const options = ['explain', 'nobody', '--extender', `https://127.0.0.1:${port}`, ...args];
    const { exitCode, stderr } = await execa(join(ROOT, 'netaware'), options, { reject: false });
    return { exitCode, stderr };
  };

  it.each([
    ['shows a certificate, trusts the CA and knows the name', [...trusting, ...showing], /: no pod default\/nobody$/],
    ['shows none', trusting, /client certificate/],
    ['does not trust the CA', showing, /: cannot be reached \((SELF_SIGNED|UNABLE_TO)/],
    [
      'does not know the name',
      [...trusting.slice(0, 2), ...showing],
      /: cannot be reached \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    ],
    [
      'has a certificate without its key',
      showing.slice(0, 2),
      /^netaware: --client-certificate and --client-key: give both or neither$/,
    ],
    ['names no file', ['--certificate-authority', '/nowhere'], /^netaware: \/nowhere: cannot be read \(ENOENT\)$/],
  ])('who %s is told so in a line', async (_name, args, message) => {
    expect(await explain(...args)).toEqual({ exitCode: 1, stderr: expect.stringMatching(message) });
  });
});
