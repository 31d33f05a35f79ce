import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { meetsRequirements } from '#test/requirements.ts';
import { manifestPath } from './kustomize.ts';

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

describe.runIf(meetsRequirements('certificates', { tools: ['openssl'] }))('the Secrets for production', () => {
  const read = (text = '') => Buffer.from(text, 'base64');

  it('are of one CA, each for what it is used for', () => {
    const output = execFileSync('sh', [manifestPath('overlays/production/make-secrets.sh')], {
      encoding: 'utf8',
      env: { ...process.env, DAYS: '30' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const secrets = parseAllDocuments(output).map((document) => document.toJS());
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
    expect(new Set(secrets.map(({ data }) => data['ca.crt'])).size).toBe(1);
  });
});
