import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { planView } from '#core/api/plan-view.ts';
import { makeNode, makeTopology } from '#test/builders.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(join(ROOT, 'netaware'), ['topology', 'plan', ...args], {
    cwd: folder,
    reject: false,
    env: { NETAWARE_AGGREGATOR_URL: 'http://127.0.0.1:1' },
  });
  return { exitCode, stdout, stderr };
}

function clusterOf(count: number, probe?: object): string {
  const file = join(folder, `${count}.yaml`);
  const nodes = Array.from({ length: count }, (_, index) => makeNode(`node-${index}`));
  const topology = makeTopology(probe && { probe });
  writeFileSync(file, [...nodes, topology].map((object) => stringify(object)).join('---\n'));
  return file;
}

describe('topology plan', () => {
  it('tells of nodes in files who probes whom and when bandwidth is tested', async () => {
    const { exitCode, stdout, stderr } = await run('-f', clusterOf(3));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'NODE    PROBES      PROBED BY  NEXT TEST    IN   LAST IN',
      expect.stringMatching(/^node-0 {2}all others {10}2 {2}(to|from) node-\d .*s$/),
      expect.stringMatching(/^node-1 {2}all others/),
      expect.stringMatching(/^node-2 {2}all others/),
      '',
      'probes: 3 nodes, every pair, every 15 s: 0.133 probes a second from each node',
      'coverage: 0 of 6 links measured, every pair within 15 s',
      'bandwidth: 3 pairs, each every 1 h; one cycle takes 9 s by rounds, 10 min by the budget',
      "busy: 0 tests under way, 0 in the last hour, 0 % of the nodes' time; 0 of 50000 MB",
      'turns: next test in 0 s, last of all in 6 s; 3 pairs wait for an answer to a ping',
    ]);
  });

  it('sums up many nodes, and lists the pairs of one', async () => {
    const file = clusterOf(60);
    const { stdout } = await run('-f', file);
    expect(stdout).toMatch(/^probes: 60 nodes, 16 peers each, probed by 16, others every 15 min/);
    const { stdout: own } = await run('-f', file, '--node', 'node-7');
    expect(own.split('\n')[0]).toMatch(/^PEER +PROBES IT +PROBED BY IT +NEXT TEST +IN$/);
    expect(own.match(/^node-\d+ +yes/gm)).toHaveLength(16);
  });

  it('takes nodes without an address to get one of the families that are probed', async () => {
    const { stdout } = await run('-f', clusterOf(3, { ipFamilies: ['IPv6'] }));
    expect(stdout).toContain('probes: 3 nodes, every pair');
  });

  it('tells of pairs that are never tested, because one test moves too much', async () => {
    const { stdout } = await run('-f', clusterOf(3, { bandwidth: { bytesPerHour: 300_000_000 } }));
    expect(stdout.split('\n').slice(-2)).toEqual([
      'turns: no test to come',
      'never tested: 3 pairs, of which one test moves more than bytesPerHour or budgetPercent allow in an hour',
    ]);
  });

  it.each([
    ['json', (text: string) => JSON.parse(text)],
    ['yaml', (text: string) => parse(text)],
  ])('prints the same as %s', async (format, read) => {
    const { stdout } = await run('-f', clusterOf(3), '-o', format);
    expect(planView.parse(read(stdout))).toMatchObject({ nodes: 3, bandwidth: { pairs: 3 } });
  });

  it('says which node there is not, and that a plan needs nodes', async () => {
    const file = clusterOf(3);
    expect(await run('-f', file, '--node', 'x')).toMatchObject({
      exitCode: 1,
      stderr: `netaware: --node: no node x in ${file}`,
    });
    expect(await run('-f', clusterOf(0))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('a plan needs them'),
    });
  });

  it('asks the aggregator without files, and passes its words on', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"there is no node x"}');
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const result = await run('--aggregator', `http://127.0.0.1:${port}`, '--node', 'x');
    server.close();
    expect(asked).toEqual(['/v1/plan?node=x']);
    expect(result).toMatchObject({ exitCode: 1, stderr: `netaware: http://127.0.0.1:${port}: there is no node x` });
  });
});
