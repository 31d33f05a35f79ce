import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const NETAWARE = fileURLToPath(new URL('../../netaware', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('netaware agent with peers in a file', () => {
  it('prints measurements as lines of JSON, and ends when nobody reads them any more', async () => {
    const peers = [{ node: 'b', address: '127.0.0.1' }];
    const probe = { intervalSeconds: 1, packets: 2, packetIntervalMilliseconds: 10 };
    const file = join(folder, 'peers.json');
    writeFileSync(file, JSON.stringify({ node: 'a', probe, peers }));
    const args = ['agent', '--peers-from', file, '--listen-host', '127.0.0.1', '--listen-port', '0'];
    const agent = spawn(NETAWARE, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(agent, 'exit');
    try {
      const [first] = await once(agent.stdout, 'data');
      const [line = ''] = String(first).split('\n');
      expect(JSON.parse(line)).toMatchObject({ node: 'a', kind: 'rtt', destination: 'b' });
      agent.stdout.destroy();
      expect(await ended).toEqual([0, null]);
    } finally {
      agent.kill();
    }
  });
});
