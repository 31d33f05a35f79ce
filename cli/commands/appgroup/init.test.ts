import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { appGroup } from '#core/api/app-group.ts';
import { makeOwner, makeServed } from '#test/application-manifests.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const BOUTIQUE = join(ROOT, 'test/fixtures/applications/online-boutique.yaml');
const folder = mkdtempSync(join(tmpdir(), 'netaware-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function init(args: string[], input = '') {
  const { exitCode, stdout, stderr } = await execa(join(ROOT, 'netaware'), ['appgroup', 'init', ...args], {
    cwd: folder,
    input,
    reject: false,
  });
  return { exitCode, stdout, stderr };
}

function fileOf(path: string, ...values: unknown[]): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, values.map((value) => stringify(value)).join('---\n'));
  return file;
}

const SHOP = [
  makeOwner('web', {
    env: { CART: 'cart:80' },
    labels: { 'netaware.io/app-group': 'shop', 'netaware.io/workload': 'web' },
  }),
  ...makeServed('cart'),
].map(({ value }) => value);

describe('appgroup init', () => {
  it('prints the AppGroup, why each call is in it, and what is to be done', async () => {
    const { exitCode, stdout, stderr } = await init(['-f', fileOf('all.yaml', ...SHOP), '--name', 'shop']);
    const because = [
      'AppGroup shop: 2 workloads, 1 call',
      '  web -> cart  env CART (cart:80)',
      'assumed:',
      '  every call weighs 1: manifests do not tell how much traffic there is ("netaware appgroup discover" does)',
    ];
    expect({ exitCode, stderr: stderr.split('\n') }).toEqual({
      exitCode: 0,
      stderr: [
        ...because,
        '1 pod template without labels of the group; these commands add them, and restart the pods:',
        `  kubectl patch deployment cart -p '{"spec":{"template":{"metadata":{"labels":{"netaware.io/app-group":"shop","netaware.io/workload":"cart"}}}}}'`,
        'netaware places pods whose template says schedulerName: netaware-scheduler; 2 of 2 do not',
      ],
    });
    expect(stdout.split('\n')).toEqual([
      ...because.map((line) => `# ${line}`),
      'apiVersion: netaware.io/v1alpha1',
      'kind: AppGroup',
      'metadata:',
      '  name: shop',
      'spec:',
      '  workloads:',
      '    - name: cart',
      '      workloadRef:',
      '        apiVersion: apps/v1',
      '        kind: Deployment',
      '        name: cart',
      '    - name: web',
      '      workloadRef:',
      '        apiVersion: apps/v1',
      '        kind: Deployment',
      '        name: web',
      '      dependencies:',
      '        - name: cart',
      '          weight: 1',
    ]);
  });

  it('reads what kubectl prints from standard input, and prints JSON', async () => {
    const { exitCode, stdout } = await init(
      ['-f', '-', '-o', 'json', '-n', 'store'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: SHOP }),
    );
    expect(exitCode).toBe(0);
    expect(appGroup.parse(JSON.parse(stdout))).toMatchObject({ metadata: { name: 'store', namespace: 'store' } });
  });

  it('reads folders, and those below where asked to; the group is named like the folder', async () => {
    const [web, ...cart] = SHOP;
    fileOf('store/web.yaml', web);
    fileOf('store/README.md', 'not: {a manifest');
    fileOf('store/cart/cart.yml', ...cart);
    const callsIn = (text: string) => /(\d+) calls?$/m.exec(text)?.[1];
    expect(callsIn((await init(['-f', 'store'])).stdout)).toBe('0');
    const { stdout } = await init(['-f', 'store', '--recursive']);
    expect(callsIn(stdout)).toBe('1');
    expect(parse(stdout).metadata).toEqual({ name: 'store' });
  });

  it('says so where it finds no call', async () => {
    const { exitCode, stderr } = await init(['-f', fileOf('lonely.yaml', SHOP[1])]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      'netaware: no call was found: nothing in the manifests names the Service of another workload',
    );
  });

  it('prints the missing labels as patches', async () => {
    const { exitCode, stdout, stderr } = await init([
      '-f',
      BOUTIQUE,
      '--patch',
      '-n',
      'shop',
      '--exclude',
      'loadgenerator',
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const patches = [...parseAllDocuments(stdout)].map((document) => document.toJS());
    expect(patches).toHaveLength(11);
    expect(patches[0]).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'emailservice', namespace: 'shop' },
      spec: {
        template: {
          metadata: { labels: { 'netaware.io/app-group': 'shop', 'netaware.io/workload': 'emailservice' } },
        },
      },
    });
  });

  it.each<[what: string, args: string[], message: RegExp]>([
    ['no file', [], /required option '-f, --filename <path\.\.\.>' not specified/],
    ['a file that is not there', ['-f', 'gone.yaml'], /^netaware: gone\.yaml: cannot be read \(ENOENT\)$/],
    [
      'a folder without manifests',
      ['-f', 'empty'],
      /^netaware: empty: no file ends in \.yaml, \.yml or \.json \(--recursive looks below\)$/,
    ],
    ['a template of Helm', ['-f', 'chart.yaml'], /^netaware: chart\.yaml: .* at line \d+, column \d+$/],
    [
      'a number as a value',
      ['-f', 'number.yaml'],
      /^netaware: number\.yaml: Deployment web: spec\.template\.spec\.containers\[0\]\.env\[0\]\.value: .*expected string.*found 80$/,
    ],
    ['nothing', ['-f', '-'], /^netaware: no Deployment, StatefulSet, DaemonSet or CronJob$/],
    [
      'a name that no label takes',
      ['-f', BOUTIQUE, '--name', 'My Shop'],
      /^netaware: --name: wanted at most 63 .*, found "My Shop"$/,
    ],
  ])('tells of %s in one line, exit code 1', async (_what, args, message) => {
    mkdirSync(join(folder, 'empty'), { recursive: true });
    writeFileSync(join(folder, 'chart.yaml'), '{{- if .Values.a }}\na: {{ .Values.b }}\n{{- end }}\n');
    fileOf('number.yaml', makeOwner('web', { env: { PORT: 80 as unknown as string } }).value);
    expect(await init(args)).toEqual({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
  });
});
