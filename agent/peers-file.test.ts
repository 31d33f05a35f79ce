import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FilePlan, followPeersFile, readPeersFile } from '#agent/peers-file.ts';
import { createLogger } from '#runtime/logger.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'netaware-peers-'));
  path = join(folder, 'peers.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const TWO = `
node: a
probe: { intervalSeconds: 5 }
peers:
  - { node: b, address: 192.0.2.2 }
  - { node: c, address: "fd00::3", tcpPort: 22 }
`;

describe('readPeersFile', () => {
  it('takes YAML, and what is left out by default', () => {
    writeFileSync(path, TWO);
    expect(readPeersFile(path, undefined)).toEqual({
      node: 'a',
      probe: { intervalSeconds: 5, packets: 7, packetIntervalMilliseconds: 200 },
      peers: [
        { node: 'b', address: '192.0.2.2', tcpPort: 9464 },
        { node: 'c', address: 'fd00::3', tcpPort: 22 },
      ],
    });
  });

  it('takes JSON, and leaves the node itself out, which a flag may name', () => {
    const peers = ['a', 'b'].map((node, index) => ({ node, address: `192.0.2.${index + 1}` }));
    writeFileSync(path, JSON.stringify({ peers }));
    expect(readPeersFile(path, 'b')).toMatchObject({ node: 'b', peers: [{ node: 'a', address: '192.0.2.1' }] });
  });

  it.each([
    {
      behaviour: 'no node',
      text: 'peers: [{ node: b, address: 192.0.2.2 }]',
      want: /node: missing, and not given by --node/,
    },
    { behaviour: 'no peers', text: 'node: a', want: /peers: missing/ },
    {
      behaviour: 'a name',
      text: TWO.replace('192.0.2.2', 'host-b'),
      want: /peers\[0\]\.address: not an IP address: host-b/,
    },
    {
      behaviour: 'a link-local address',
      text: TWO.replace('fd00::3', 'fe80::3%eth0'),
      want: /peers\[1\]\.address: .*zone/,
    },
    { behaviour: 'a misspelt field', text: TWO.replace('tcpPort', 'port'), want: /port/ },
    {
      behaviour: 'a name twice',
      text: TWO.replace('node: c', 'node: b'),
      want: /peers\[1\]\.node: there is one of that name/,
    },
    { behaviour: 'what is no YAML', text: 'peers: [', want: /peers\.yaml: / },
  ])('refuses $behaviour and says where', ({ text, want }) => {
    writeFileSync(path, text);
    expect(() => readPeersFile(path, undefined)).toThrow(want);
    expect(() => readPeersFile(path, undefined)).toThrow(path);
  });

  it('says so where there is no file', () => {
    expect(() => readPeersFile(path, 'a')).toThrow(`${path}: cannot be read (ENOENT)`);
  });
});

describe('followPeersFile', () => {
  it('takes up what changed, and keeps the last good plan while the file is bad', async () => {
    writeFileSync(path, TWO);
    const logger = createLogger('test', 'silent');
    const error = vi.spyOn(logger, 'error');
    const plans: FilePlan[] = [];
    const current = readPeersFile(path, undefined);
    const watch = followPeersFile({ path, current, logger, onPlan: (plan) => plans.push(plan) });
    try {
      writeFileSync(path, 'peers: []');
      await vi.waitUntil(() => error.mock.calls.length === 1, { timeout: 5000 });
      expect(error.mock.calls[0]?.[1]).toBe('peers file is bad, the last good one stays in use');
      expect(plans).toEqual([]);
      writeFileSync(path, TWO.replace('192.0.2.2', '192.0.2.22'));
      await vi.waitUntil(() => plans.length === 1, { timeout: 5000 });
      expect(plans[0]?.peers[0]?.address).toBe('192.0.2.22');
    } finally {
      watch.stop();
    }
  });
});
