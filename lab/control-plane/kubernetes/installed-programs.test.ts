import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installedPrograms } from '#lab/control-plane/kubernetes/installed-programs.ts';

const OURS = 'v1.36.3';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'programs-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Executables that answer `--version` as told, in a folder of that name. */
function install(where: string, versions: Record<string, string>): string {
  const path = join(folder, where);
  mkdirSync(path);
  for (const [name, version] of Object.entries(versions)) {
    writeFileSync(join(path, name), `#!/bin/sh\n[ "$1" = --version ] && echo '${version}'\n`);
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

const kubernetes = (apiServer: string, controllers = apiServer, scheduler = apiServer) => ({
  'kube-apiserver': `Kubernetes v${apiServer}`,
  'kube-controller-manager': `Kubernetes v${controllers}`,
  'kube-scheduler': `Kubernetes v${scheduler}`,
});

describe('installed programs of a control plane', () => {
  it.each<[string, Record<string, string>, string[], RegExp[]]>([
    ['none', {}, [], []],
    [
      'a fit etcd is taken',
      { etcd: 'etcd Version: 3.5.13\nGit SHA: x' },
      ['etcd'],
      [/^taken: .*\/etcd \(3[.]5[.]13\)$/],
    ],
    [
      'an old etcd is left',
      { etcd: 'etcd Version: 3.4.30' },
      [],
      [/^left: .*\/etcd \(3[.]4[.]30\): older than 3[.]5[.]13$/],
    ],
    ['what tells no version is left', { etcd: 'hello' }, [], [/^left: .* does not tell its version$/]],
    [
      'three that agree are taken, also of another minor version than ours',
      kubernetes('1.35.0', '1.35.1', '1.35.2'),
      ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
      [/^taken/, /^taken/, /^taken/],
    ],
    [
      'three that do not agree are taken only where they fit to ours',
      kubernetes('1.35.0', '1.36.0', '1.36.1'),
      ['kube-controller-manager', 'kube-scheduler'],
      [/^left: .*\/kube-apiserver \(1[.]35[.]0\): the others are of Kubernetes 1[.]36$/, /^taken/, /^taken/],
    ],
    [
      'an API server without the others is left where ours would be of another version',
      { 'kube-apiserver': 'Kubernetes v1.35.0' },
      [],
      [/^left/],
    ],
    [
      'and taken where they are of the same',
      { 'kube-apiserver': 'Kubernetes v1.36.9' },
      ['kube-apiserver'],
      [/^taken/],
    ],
    [
      'too old ones are left although they agree',
      kubernetes('1.32.9'),
      [],
      [/older than 1[.]33[.]0/, /^left/, /^left/],
    ],
  ])('%s', (_what, versions, taken, lines) => {
    const path = install('bin', versions);
    const { programs, lines: said } = installedPrograms({ PATH: path }, OURS);
    expect(programs).toEqual(Object.fromEntries(taken.map((name) => [name, join(path, name)])));
    expect(said).toEqual(lines.map((line) => expect.stringMatching(line)));
  });

  it('are looked for in KUBEBUILDER_ASSETS first', () => {
    const assets = install('assets', { etcd: 'etcd Version: 3.6.0' });
    const bin = install('bin', { etcd: 'etcd Version: 3.6.1' });
    const env = { KUBEBUILDER_ASSETS: assets, PATH: bin };
    expect(installedPrograms(env, OURS).programs).toEqual({ etcd: join(assets, 'etcd') });
  });
});
