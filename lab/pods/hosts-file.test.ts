import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createHostsFile, hostsFileContent } from '#lab/pods/hosts-file.ts';
import { type LabPod, labPod } from '#lab/pods/lab-pod.ts';

function podAt(podIP: string | undefined, metadata: object, phase = 'Running'): LabPod {
  return labPod.parse({
    metadata: { name: 'web-1', namespace: 'shop', uid: 'u1', ...metadata },
    spec: { containers: [] },
    status: { phase, podIP },
  });
}

const WEB = { labels: { 'netaware.io/workload': 'web' } };

test.each([
  { what: 'a pod of a workload', pods: [podAt('10.97.1.10', WEB)], want: ['10.97.1.10 web.shop'] },
  { what: 'a pod of no workload', pods: [podAt('10.97.1.10', {})], want: ['10.97.1.10 web-1.shop'] },
  {
    what: 'every replica, in the order of addresses',
    pods: [podAt('10.97.2.10', WEB), podAt('10.97.1.10', WEB)],
    want: ['10.97.1.10 web.shop', '10.97.2.10 web.shop'],
  },
  { what: 'no pod without an address', pods: [podAt(undefined, WEB)], want: [] },
  { what: 'no pod that has ended', pods: [podAt('10.97.1.10', WEB, 'Succeeded')], want: [] },
  {
    what: 'no pod that is being deleted',
    pods: [podAt('10.97.1.10', { ...WEB, deletionTimestamp: '2026-01-01T00:00:00Z' })],
    want: [],
  },
])('names $what', ({ pods, want }) => {
  expect(hostsFileContent(pods)).toBe(['127.0.0.1 localhost', ...want, ''].join('\n'));
});

test('the file is written in place, without rests of longer content, and only on change', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netaware-hosts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'hosts');
  writeFileSync(file, 'old content that is longer than the new one is, by far, so that rests would show\n');
  const { ino } = statSync(file);
  const hostsFile = createHostsFile(file);
  hostsFile.update([podAt('10.97.1.10', WEB)]);
  expect(readFileSync(file, 'utf8')).toBe('127.0.0.1 localhost\n10.97.1.10 web.shop\n');
  expect(statSync(file).ino).toBe(ino);

  writeFileSync(file, 'by someone else\n');
  hostsFile.update([podAt('10.97.1.10', WEB)]);
  expect(readFileSync(file, 'utf8')).toBe('by someone else\n');
});

test('a file that is missing is an error that names it', () => {
  expect(() => createHostsFile('/nonexistent/hosts').update([])).toThrow('hosts file /nonexistent/hosts');
});
