import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { meetsRequirements } from '#test/requirements.ts';
import { manifestPath } from './kustomize.ts';

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

describe.runIf(meetsRequirements('certificates', { tools: ['openssl'] }))('the Secrets for production', () => {
  const read = (text = '') => Buffer.from(text, 'base64');

  /** Runs the script, with a folder before all others on PATH. */
  function run(folder?: string) {
    return execaSync('sh', [manifestPath('overlays/production/make-secrets.sh')], {
      env: { DAYS: '30', ...(folder && { PATH: `${folder}:${process.env.PATH}` }) },
      reject: false,
    });
  }

  it('are of one CA, each for what it is used for', () => {
    const { stdout, stderr } = run();
    expect(stderr).toBe('');
    const [bundle, ...secrets] = parseAllDocuments(stdout).map((document) => document.toJS());
    // Every node may read it.
    expect(bundle).toMatchObject({ metadata: { name: 'netaware-ca-bundle', namespace: 'netaware' }, type: 'Opaque' });
    expect(Object.keys(bundle.data)).toEqual(['ca.crt']);
    const certificates = secrets.map(({ metadata, type, data }) => {
      const certificate = new X509Certificate(read(data['tls.crt']));
      const ca = new X509Certificate(read(data['ca.crt']));
      expect([metadata.namespace, type]).toEqual(['netaware', 'kubernetes.io/tls']);
      expect(certificate.checkPrivateKey(createPrivateKey(read(data['tls.key'])))).toBe(true);
      expect(certificate.verify(ca.publicKey) && certificate.checkIssued(ca) && ca.ca && !certificate.ca).toBe(true);
      const days = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 86_400_000;
      expect(days).toBe(30);
      return [metadata.name, certificate.subject, certificate.keyUsage, certificate.subjectAltName];
    });
    expect(certificates).toEqual([
      [
        'netaware-aggregator-tls',
        'CN=netaware-aggregator',
        [SERVER_AUTH],
        expect.stringContaining('DNS:netaware-aggregator.netaware.svc'),
      ],
      ['netaware-extender-tls', 'CN=netaware-extender', [SERVER_AUTH], 'DNS:netaware-extender, DNS:localhost'],
      ['netaware-scheduler-client-tls', 'CN=netaware-scheduler', [CLIENT_AUTH], 'DNS:netaware-scheduler'],
    ]);
    expect(new Set([bundle, ...secrets].map(({ data }) => data['ca.crt'])).size).toBe(1);
  });

  it.each([
    { what: 'openssl fails', does: 'echo "openssl: no more" >&2; exit 1', exitCode: 1, says: 'openssl: no more' },
    { what: 'it is ended', does: 'kill -TERM $PPID', exitCode: 143, says: '' },
    { what: 'its terminal is closed', does: 'kill -HUP $PPID', exitCode: 129, says: '' },
  ])('are not printed in part, and no key is left, where $what', ({ does, exitCode, says }) => {
    const folder = mkdtempSync(join(tmpdir(), 'netaware-openssl-'));
    const seen = join(folder, 'seen');
    // Signs the first certificate, and not the second.
    const lines = [
      '#!/bin/sh',
      `PATH=\${PATH#*:}`,
      `if [ "$1" = x509 ] && [ -e ${seen} ]; then ${does}; fi`,
      `[ "$1" != x509 ] || pwd >${seen}`,
      'exec openssl "$@"',
    ];
    writeFileSync(join(folder, 'openssl'), lines.join('\n'), { mode: 0o755 });
    const result = run(folder);
    const keys = readFileSync(seen, 'utf8').trim();
    rmSync(folder, { recursive: true });
    expect({ stdout: result.stdout, exitCode: result.exitCode }).toEqual({ stdout: '', exitCode });
    expect(result.stderr).toContain(says);
    expect(existsSync(keys)).toBe(false);
  });
});
