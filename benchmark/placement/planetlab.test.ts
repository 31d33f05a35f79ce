import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { missingPlanetLab, readPlanetLab } from './planetlab.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'netaware-planetlab-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(join(folder, name), gzipSync(text));

it('reads the first time slice', () => {
  write('rtt_ms_slice09.tsv.gz', '0\t9\n9\t0\n');
  write('rtt_ms_slice01.tsv.gz', '0\t1.5\n2\t0\n');
  expect(readPlanetLab(folder).rttMs).toEqual([
    [0, 1.5],
    [2, 0],
  ]);
});

it.each([
  ['0\t1\n2\n', 'line 2: wanted 2 times in milliseconds'],
  ['0\tfar\n2\t0\n', 'line 1: wanted 2 times in milliseconds'],
  ['0\t-1\n2\t0\n', 'line 1: wanted 2 times in milliseconds'],
])('tells where %j is no matrix', (text, message) => {
  write('rtt_ms_slice01.tsv.gz', text);
  expect(() => readPlanetLab(folder)).toThrow(message);
});

it('tells of a folder that is not there, or without RTTs', () => {
  expect(() => readPlanetLab(join(folder, 'none'))).toThrow('--planetlab: there is no folder');
  expect(() => readPlanetLab(folder)).toThrow('--planetlab: no rtt_ms_*.tsv.gz in');
});

it('says what to give where nobody said where the RTTs are', () => {
  expect(missingPlanetLab({})).toContain('wanted PLANETLAB=DIR, a folder with rtt_ms_*.tsv.gz');
  expect(missingPlanetLab({ planetlab: 'results/planetlab' })).toBeUndefined();
});
