import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cgroupsV1 } from '#lab/pods/cgroups-v1.ts';
import { cgroupsV2 } from '#lab/pods/cgroups-v2.ts';

// In an ordinary folder, where what is written to the kernel's files can be read again.

const SETTINGS = { cpuRequestMillicores: 500, memoryLimitBytes: 64_000_000 };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'netaware-cgroups-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function content(file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}

test('version 1 makes the cgroup in every hierarchy and sets shares and limit in those of their controllers', () => {
  for (const controller of ['cpu', 'cpuacct', 'memory']) mkdirSync(join(folder, controller));
  const roots = { cpu: `${folder}/cpu`, cpuacct: `${folder}/cpuacct`, memory: `${folder}/memory` };
  const version = cgroupsV1(roots);
  version.create('lab/pod', SETTINGS);
  version.create('lab/pod', SETTINGS);
  expect(version.roots).toEqual(Object.values(roots));
  expect(content('cpu/lab/pod/cpu.shares')).toBe('512');
  expect(content('memory/lab/pod/memory.limit_in_bytes')).toBe('64000000');
});

test('version 1 takes two controllers in one hierarchy as one root', () => {
  const joined = `${folder}/cpu,cpuacct`;
  expect(cgroupsV1({ cpu: joined, cpuacct: joined, memory: `${folder}/memory` }).roots).toEqual([
    joined,
    `${folder}/memory`,
  ]);
});

test('version 2 gives every parent of the cgroup the controllers, and sets weight and limit', () => {
  cgroupsV2(folder).create('lab/host/pod', SETTINGS);
  for (const parent of ['', 'lab', 'lab/host']) {
    expect(content(join(parent, 'cgroup.subtree_control'))).toBe('+cpu +memory');
  }
  expect(() => content('lab/host/pod/cgroup.subtree_control')).toThrow('ENOENT');
  expect(content('lab/host/pod/cpu.weight')).toBe('20');
  expect(content('lab/host/pod/memory.max')).toBe('64000000');
});
