import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { appGroup } from '#core/api/app-group.ts';
import { networkTopology } from '#core/api/network-topology.ts';
import { makeOwner } from '#test/application-manifests.ts';
import { APP_GROUP, TOPOLOGY } from '#test/diktyo/two-regions.ts';

const NETAWARE = fileURLToPath(new URL('../../../netaware', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function importFrom(objects: readonly object[], ...args: string[]) {
  writeFileSync(join(folder, 'theirs.yaml'), objects.map((object) => stringify(object)).join('---\n'));
  const { exitCode, stdout, stderr } = await execa(NETAWARE, ['appgroup', 'import', '-f', 'theirs.yaml', ...args], {
    cwd: folder,
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

const reference = (selector: string) => ({ kind: 'Deployment', name: `${selector}-deployment`, selector });
const groupOf = (...workloads: object[]) => ({ ...APP_GROUP, spec: { ...APP_GROUP.spec, workloads } });
const SMALL = groupOf(
  {
    workload: reference('web'),
    dependencies: [{ workload: reference('db'), maxNetworkCost: 30, minBandwidth: '1Mi' }],
  },
  { workload: reference('db') },
);

describe('appgroup import', () => {
  it('prints the AppGroup and the static costs, and what is to be known of them', async () => {
    const { exitCode, stdout, stderr } = await importFrom([SMALL, TOPOLOGY]);
    const ofGroup = ['AppGroup shop: 2 workloads, 1 call'];
    const ofTopology = [
      'NetworkTopology default: 6 static costs, weights UserDefined of default/nt-default',
      '  weights Other are left out (--weights-name chooses)',
      '  they count where nothing is measured; bandwidths are left out, as netaware measures them',
      '  a cost of two zones counts before that of their regions, also where the regions differ, and for the way back too',
    ];
    expect({ exitCode, stderr: stderr.split('\n') }).toEqual({
      exitCode: 0,
      stderr: [
        ...ofGroup,
        ...ofTopology,
        'pods may keep the labels appgroup.diktyo.x-k8s.io and appgroup.diktyo.x-k8s.io.workload: netaware reads them too',
        'netaware places pods whose template says schedulerName: netaware-scheduler',
      ],
    });
    const lines = stdout.split('\n');
    expect(lines.slice(0, 23)).toEqual([
      ...ofGroup.map((line) => `# ${line}`),
      'apiVersion: netaware.io/v1alpha1',
      'kind: AppGroup',
      'metadata:',
      '  name: shop',
      '  namespace: default',
      'spec:',
      '  ordering: Kahn',
      '  workloads:',
      '    - name: web',
      '      workloadRef:',
      '        apiVersion: apps/v1',
      '        kind: Deployment',
      '        name: web-deployment',
      '      dependencies:',
      '        - name: db',
      '          weight: 1',
      '          minBandwidth: 1Mi',
      '          maxNetworkCost: 30',
      '    - name: db',
      '      workloadRef:',
      '        apiVersion: apps/v1',
      '        kind: Deployment',
    ]);
    expect(lines.slice(24, 30)).toEqual([
      '---',
      ...ofTopology.map((line) => `# ${line}`),
      'apiVersion: netaware.io/v1alpha1',
    ]);
    const [group, topology] = [...parseAllDocuments(stdout)].map((document) => document.toJS());
    expect(appGroup.safeParse(group).success).toBe(true);
    expect(networkTopology.parse(topology).spec.staticCosts).toContainEqual({
      topologyKey: 'region',
      origin: 'east',
      destination: 'west',
      networkCost: 20,
    });
  });

  it('prints one JSON document, of several resources a List', async () => {
    expect(JSON.parse((await importFrom([SMALL], '-o', 'json')).stdout)).toMatchObject({ kind: 'AppGroup' });
    expect(JSON.parse((await importFrom([SMALL, TOPOLOGY], '-o', 'json')).stdout)).toMatchObject({
      kind: 'List',
      items: [{ kind: 'AppGroup' }, { kind: 'NetworkTopology' }],
    });
  });

  it('calls a workload by what its label may say here', async () => {
    const { stdout, stderr } = await importFrom([groupOf({ workload: reference('Web.1') })]);
    expect(stderr).toContain(
      '"Web.1" is no name of a workload here: it is web-1, and its pods need the label netaware.io/workload=web-1',
    );
    expect(stdout).toContain('- name: web-1');
  });

  it('tells of pod templates without our labels, and patches them', async () => {
    const labels = { 'appgroup.diktyo.x-k8s.io': 'shop', 'appgroup.diktyo.x-k8s.io.workload': 'web' };
    const owner = makeOwner('web-deployment', { labels, namespace: 'default' }).value as object;
    const patch =
      '{"spec":{"template":{"metadata":{"labels":{"netaware.io/app-group":"shop","netaware.io/workload":"web"}}}}}';
    const { stderr } = await importFrom([SMALL, owner]);
    expect(stderr.split('\n').slice(-3)).toEqual([
      "1 pod template without netaware's own; these commands add them, and restart the pods:",
      `  kubectl patch deployment web-deployment -n default -p '${patch}'`,
      'netaware places pods whose template says schedulerName: netaware-scheduler; 1 of 1 do not',
    ]);
    const { stdout } = await importFrom([SMALL, owner], '--patch');
    expect(parseAllDocuments(stdout)[0]?.toJS()).toMatchObject({
      metadata: { name: 'web-deployment' },
      ...JSON.parse(patch),
    });
  });

  it.each<[what: string, objects: object[], args: string[], message: string]>([
    [
      'nothing of theirs',
      [makeOwner('web', {}).value as object],
      [],
      'theirs.yaml: no AppGroup of appgroup.diktyo.x-k8s.io/v1alpha1 and no NetworkTopology of networktopology.diktyo.x-k8s.io/v1alpha1',
    ],
    [
      'an unknown dependency',
      [groupOf({ workload: reference('web'), dependencies: [{ workload: reference('db') }] })],
      [],
      'theirs.yaml: AppGroup shop: spec.workloads[0].dependencies[0].workload.selector: no workload of the group has this selector, found "db"',
    ],
    [
      'two selectors that are one name here',
      [groupOf({ workload: reference('web') }, { workload: reference('Web') })],
      [],
      'AppGroup shop: spec.workloads[1]: duplicate value: {"name":"web"}',
    ],
    [
      'weights that are not there',
      [TOPOLOGY],
      ['--weights-name', 'Mine'],
      'NetworkTopology default/nt-default: no weights "Mine"; there are UserDefined, Other: choose with --weights-name',
    ],
    ['no template to patch', [SMALL], ['--patch'], 'nothing to patch: no pod template lacks a label'],
  ])('tells of %s in one line, exit code 1', async (_what, objects, args, message) => {
    expect(await importFrom(objects, ...args)).toEqual({ exitCode: 1, stdout: '', stderr: `netaware: ${message}` });
  });
});
