import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const NETAWARE = fileURLToPath(new URL('../../../netaware', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

async function evaluate(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(NETAWARE, ['topology', 'evaluate', ...args], { reject: false });
  return { exitCode, stdout, stderr };
}

const NODES = 12;
const names = Array.from({ length: NODES }, (_, node) => `node-${node}`);
const zoneOf = (node: number) => (node < 6 ? 'east' : 'west');
const rows = names
  .map((_, a) =>
    names.map((__, b) => (a === b ? 0 : (zoneOf(a) === zoneOf(b) ? 1 : 20) + Math.abs(a - b) / 10)).join('\t'),
  )
  .join('\n');
const matrix = fileOf('rtt.tsv', `${rows}\n`);
const named = fileOf('named.tsv', `${names.join('\t')}\n${rows}\n`);
const zoneLines = (label: (node: number) => string) =>
  names.map((_, node) => `${label(node)}\t${zoneOf(node)}`).join('\n');

describe('netaware topology evaluate', () => {
  it('prints the errors of hidden links, of each layer and of all', async () => {
    const { stdout, exitCode } = await evaluate('--matrix', matrix, '--probes', '4');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^LAYER +PAIRS +MEDIAN +P90\ncoordinates +84 .*\noverall +84 .*\nrelative error .* probed 48, /,
    );
  });

  it('reads a compressed matrix, and prints JSON and YAML', async () => {
    const compressed = fileOf('rtt.tsv.gz', gzipSync(rows));
    const json = JSON.parse((await evaluate('--matrix', compressed, '--probes', '4', '-o', 'json')).stdout);
    expect(json).toMatchObject({
      overall: { median: expect.any(Number), p90: expect.any(Number) },
      layers: [{ name: 'coordinates', pairs: 84, median: expect.any(Number), p90: expect.any(Number) }],
      failed: 0,
    });
    expect(parse((await evaluate('--matrix', matrix, '--probes', '4', '-o', 'yaml')).stdout)).toEqual(json);
    const other = await evaluate('--matrix', matrix, '--probes', '4', '-o', 'json', '--seed', '2');
    expect(JSON.parse(other.stdout)).not.toEqual(json);
  });

  it.each([
    ['lines by position', matrix, 'zones.tsv', zoneLines(String)],
    ['lines by name', named, 'zones.txt', `${zoneLines((node) => names[node] as string)}\n`],
    ['YAML', named, 'zones.yaml', names.map((name, node) => `${name}: ${zoneOf(node)}`).join('\n')],
  ])('takes zones from %s', async (_name, file, zonesName, content) => {
    const zones = fileOf(zonesName, content);
    const { stdout } = await evaluate('--matrix', file, '--probes', '4', '--zones', zones, '-o', 'json');
    expect(JSON.parse(stdout).layers).toMatchObject([{ name: 'zone', pairs: 84 }]);
  });

  it.each<[string, string, string | Buffer, RegExp]>([
    ['has a row that is too short', 'a.tsv', '0\t1\n1', /line 2: 1 values in a matrix of 2 rows, wanted 2/],
    ['has more columns than rows', 'b.tsv', '0\t1\t2\n1\t0\t2', /line 1: 3 values in a matrix of 2 rows, wanted 2/],
    ['has a word in it', 'c.tsv', '0\tfast\n1\t0', /line 1: value 2: wanted milliseconds, 0 or more, found "fast"/],
    ['has nothing between two tabs', 'd.tsv', '0\t\n1\t0', /line 1: value 2: wanted milliseconds/],
    ['has a negative value', 'e.tsv', '0\t1\n-1\t0', /line 2: value 1: wanted milliseconds, 0 or more, found "-1"/],
    ['is empty', 'f.tsv', '', /f.tsv: is empty/],
    ['is not compressed', 'g.tsv.gz', '0\t1\n1\t0', /g.tsv.gz: cannot be read: incorrect header check/],
    ['names two nodes alike', 'h.tsv', 'x\tx\n0\t1\n1\t0', /line 1: two nodes have the same name/],
  ])('refuses a matrix that %s', async (_name, name, content, message) => {
    const answer = await evaluate('--matrix', fileOf(name, content), '--probes', '1');
    expect(answer).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
  });

  it.each<[string, string, string, RegExp]>([
    ['misses a node', 'a.zones', zoneLines(String).replace('3\teast\n', ''), /node "3" has no zone/],
    ['invents a node', 'b.zones', `${zoneLines(String)}\nx\teast`, /the matrix has no node "x"/],
    ['has a node twice', 'c.zones', `${zoneLines(String)}\n0\twest`, /line 13: node "0" is there twice/],
    ['has no zone in a line', 'd.zones', '0\n1\teast', /line 1: wanted node<TAB>zone/],
    ['is no YAML', 'e.yaml', 'a: [', /e.yaml: is not YAML/],
    ['is a list', 'f.yaml', '- a', /f.yaml: \(the whole\): .*expected record/],
  ])('refuses zones of which the file %s', async (_name, name, content, message) => {
    const answer = await evaluate('--matrix', matrix, '--probes', '4', '--zones', fileOf(name, content));
    expect(answer).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
  });

  it.each([
    [['--matrix', matrix, '--probes', '0'], /argument '0' is invalid. Wanted a whole number from 1/],
    [['--matrix', matrix, '--probes', '2.5'], /argument '2.5' is invalid/],
    [['--matrix', matrix, '--probes', '12'], /--probes 12: .*rtt.tsv has 12 nodes, of which each can probe 11 others/],
    [['--matrix', matrix, '--probes', '11'], /nothing to compare: of 132 links probed 0 failed/],
    [['--matrix', 'nowhere.tsv', '--probes', '1'], /nowhere.tsv: no such file/],
    [['--probes', '1'], /required option '--matrix <file>' not specified/],
  ])('refuses %j', async (args, message) => {
    expect(await evaluate(...args)).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
  });
});
