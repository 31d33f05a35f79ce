import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meetsRequirements } from '#test/requirements.ts';
import { BUILD_DEADLINE_MS, build, manifestPath } from './kustomize.ts';
import { workloadsIn } from './workload.ts';

const GUIDE = readFileSync(new URL('../../docs/install.md', import.meta.url), 'utf8');
const blocks = [...GUIDE.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, text = '']) => text);
const blockWith = (words: string) => blocks.find((text) => text.includes(words)) ?? '';

describe.runIf(meetsRequirements('the guide', { tools: ['kubectl'] }))("the guide's own overlay", () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'netaware-guide-'));
    symlinkSync(manifestPath('.'), join(folder, 'manifests'));
    const version = '{\n  "major": "1",\n  "minor": "33",\n  "gitVersion": "v1.33.4+k3s1"\n}';
    // Tells the version, and applies nothing.
    const kubectl = join(folder, 'kubectl');
    writeFileSync(kubectl, `#!/bin/sh\n[ "$1" != get ] || cat <<EOF\n${version}\nEOF\n`);
    chmodSync(kubectl, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['dev', 'production', 'production-cert-manager'])(
    "of %s has kube-scheduler of the cluster's version, and images from where it says",
    async (overlay) => {
      const script = blockWith('>my-cluster/kustomization.yaml').replace('overlays/dev', `overlays/${overlay}`);
      await execa('sh', ['-euc', script], { cwd: folder, env: { PATH: `${folder}:${process.env.PATH}` } });
      const path = join(folder, 'my-cluster', 'kustomization.yaml');
      const ofRegistry = blockWith('localhost/netaware/agent, newName').replace('images:\n', '');
      writeFileSync(path, readFileSync(path, 'utf8') + ofRegistry);
      const containers = workloadsIn(await build(join(folder, 'my-cluster'))).flatMap(
        ({ spec }) => spec.template.spec.containers,
      );
      expect(containers.map(({ image }) => image).toSorted()).toEqual([
        expect.stringMatching(/^registry\.example\.com\/netaware\/agent:/),
        expect.stringMatching(/^registry\.example\.com\/netaware\/aggregator:/),
        expect.stringMatching(/^registry\.example\.com\/netaware\/extender:/),
        'registry.k8s.io/kube-scheduler:v1.33.4',
      ]);
    },
    BUILD_DEADLINE_MS,
  );
});
