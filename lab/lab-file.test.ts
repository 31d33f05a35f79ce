import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadLabFile } from './lab-file.ts';

const DEFAULT_LAB = fileURLToPath(new URL('./presets/three-zones.yaml', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(content: unknown) {
  const path = join(folder, 'lab.yaml');
  writeFileSync(path, typeof content === 'string' ? content : stringify(content));
  return loadLabFile(path);
}

const host = { cpu: '1', memory: '1Gi' };
const near = { rttMs: 1, bandwidthMbps: 100 };
const zones = { a: { nodes: { a1: host, a2: host } }, b: { nodes: { b1: host } } };
const links = [
  { within: 'a', ...near },
  { between: ['a', 'b'], rttMs: 20, lossPercent: 1, bandwidthMbps: 10 },
];

describe('loadLabFile', () => {
  it('gives every ordered pair its link', () => {
    const plan = load({ zones, links });
    expect(plan.nodes.map(({ name, zone, index }) => [name, zone, index])).toEqual([
      ['a1', 'a', 1],
      ['a2', 'a', 2],
      ['b1', 'b', 3],
    ]);
    expect(plan.links.map(({ origin, destination, rttMs }) => `${origin} ${destination} ${rttMs}`)).toEqual([
      'a1 a2 1',
      'a1 b1 20',
      'a2 a1 1',
      'a2 b1 20',
      'b1 a1 20',
      'b1 a2 20',
    ]);
  });

  it('takes the most specific entry, whatever the order', () => {
    const special = [
      { between: ['b1', 'a1'], rttMs: 3, bandwidthMbps: 10 },
      { between: ['b1', 'a'], rttMs: 4, bandwidthMbps: 10 },
    ];
    for (const entries of [
      [...special, ...links],
      [...links, ...special],
    ]) {
      const { links: planned } = load({ zones, links: entries });
      const rttOf = (origin: string, destination: string) =>
        planned.find((link) => link.origin === origin && link.destination === destination)?.rttMs;
      expect([rttOf('a1', 'b1'), rttOf('b1', 'a1'), rttOf('a2', 'b1')]).toEqual([3, 3, 4]);
    }
  });

  it('reads the default lab: three zones, two hosts each', () => {
    const plan = loadLabFile(DEFAULT_LAB);
    expect(plan.nodes).toHaveLength(6);
    expect(plan.links).toHaveLength(30);
  });

  it.each([
    ['an unknown zone', { zones, links: [{ within: 'c', ...near }] }, 'lab.yaml: links[0]: no zone "c", known: a, b'],
    [
      'a link that is missing',
      { zones, links: links.slice(0, 1) },
      'lab.yaml: links: none for a1 and b1 (zones a and b)',
    ],
    [
      'both ends and a zone',
      { zones, links: [{ within: 'a', between: ['a', 'b'], ...near }] },
      'links[0]: wanted either "within',
    ],
    ['a negative RTT', { zones, links: [{ within: 'a', rttMs: -1, bandwidthMbps: 1 }] }, 'lab.yaml: links[0].rttMs: '],
    [
      'a word for a number',
      { zones, links: [{ within: 'a', rttMs: 'fast', bandwidthMbps: 1 }] },
      'expected number, received string, found "fast"',
    ],
    [
      'a field that is missing',
      { zones, links: [{ within: 'a', rttMs: 1 }] },
      'lab.yaml: links[0].bandwidthMbps: missing, wanted number',
    ],
    ['a misspelt field', { zones, links: [{ within: 'a', ...near, los: 1 }] }, 'unrecognized key: "los"'],
    [
      'one node',
      { zones: { a: { nodes: { a1: host } } }, links: [] },
      'lab.yaml: zones: wanted 2 to 32 nodes in all, found 1',
    ],
    [
      'a name that is there twice',
      { zones: { a: { nodes: { a: host, b: host } } }, links: [] },
      'lab.yaml: zones: the name "a" is there twice',
    ],
    ['a name that no node may have', { zones: { A: { nodes: {} } }, links: [] }, 'lab.yaml: zones.A: '],
    ['no YAML', 'zones: [', /lab\.yaml: .*line 1/],
    ['nothing', '', 'lab.yaml: (the whole): '],
  ])('refuses %s in one line that says where', (_name, content, message) => {
    expect(() => load(content)).toThrow(message);
    try {
      load(content);
    } catch (err) {
      expect((err as Error).message).not.toContain('\n');
    }
  });

  it('refuses a file that is not there', () => {
    expect(() => loadLabFile(join(folder, 'none.yaml'))).toThrow(/none\.yaml: cannot be read \(ENOENT\)/);
  });
});
