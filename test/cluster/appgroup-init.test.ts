import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, hasControlPlane, startCluster } from '#test/cluster/cluster.ts';
import { createKubectl, type Kubectl } from '#test/cluster/kubectl.ts';
import { meetsRequirements } from '#test/requirements.ts';

// What `netaware appgroup init` prints, given to a real API server.

const SUITE = 'appgroup init on a real control plane';
const canRun = meetsRequirements(SUITE, { tools: ['kubectl'] }) && hasControlPlane(SUITE);
const NETAWARE = fileURLToPath(new URL('../../netaware', import.meta.url));
const BOUTIQUE = fileURLToPath(new URL('../fixtures/applications/online-boutique.yaml', import.meta.url));
const OPTIONS = ['-n', 'boutique', '--name', 'shop'];

async function init(args: readonly string[], input = '') {
  const { stdout, stderr } = await execa(NETAWARE, ['appgroup', 'init', ...args], { input });
  return { stdout, stderr };
}

describe.runIf(canRun)(SUITE, () => {
  let cluster: Cluster;
  let kubectl: Kubectl;

  beforeAll(async () => {
    cluster = await startCluster();
    kubectl = createKubectl(cluster);
    await kubectl(['create', 'namespace', 'boutique']);
    await kubectl(['apply', '-n', 'boutique', '-f', BOUTIQUE]);
  });
  afterAll(() => cluster?.stop());

  it('the AppGroup is applied, and so are the labels, by a command and by Kustomize; then nothing is missing', async () => {
    const draft = await init(['-f', BOUTIQUE, ...OPTIONS]);
    expect(await kubectl(['apply', '-f', '-'], draft.stdout)).toBe('appgroup.netaware.io/shop created');

    const command = /^ {2}kubectl patch (deployment \S+) -n boutique -p '(.*)'$/m.exec(draft.stderr);
    const [, owner = '', patch = ''] = command ?? [];
    expect(await kubectl(['patch', ...owner.split(' '), '-n', 'boutique', '-p', patch])).toMatch(/ patched$/);
    const { stdout: patches } = await init(['-f', BOUTIQUE, '--patch', '--name', 'shop']);
    const folder = join(cluster.folder, 'boutique');
    mkdirSync(folder);
    copyFileSync(BOUTIQUE, join(folder, 'app.yaml'));
    writeFileSync(join(folder, 'labels.yaml'), patches);
    const kustomization = { namespace: 'boutique', resources: ['app.yaml'], patches: [{ path: 'labels.yaml' }] };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    await kubectl.applyFolder(folder);

    const live = await kubectl(['get', 'deployments,services,configmaps,pods', '-n', 'boutique', '-o', 'yaml']);
    const again = await init(['-f', '-'], live);
    expect(again.stderr).toContain('every pod template has its labels');
    expect(withoutComments(again.stdout)).toBe(withoutComments(draft.stdout));
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/^#.*\n/gm, '');
}
