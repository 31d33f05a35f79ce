import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '#lab/until.ts';
import { meetsRequirements } from '#test/requirements.ts';
import { CONTEXT, TARGETS, type Target } from './dockerfile.ts';
import { layOutDependencies, layOutImage } from './image-files.ts';

// No image is built: the files of each are laid out as its COPY instructions say, and started as its entry point says, by the
// user that it names and without any capability.

const canRun = meetsRequirements('images', { root: true, tools: ['setpriv'] });
const AS_IN_A_RESTRICTED_POD = [
  ...['--reuid', '65532', '--regid', '65532', '--clear-groups'],
  ...['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'],
];
const STATE_FILE = fileURLToPath(new URL('test/fixtures/state/shop.yaml', CONTEXT));
const DEADLINE_MS = 60_000;
const LAYOUT_DEADLINE_MS = 300_000;
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:1';

describe.runIf(canRun)('what an image has in it', () => {
  let root: string;
  const images = new Map<Target, ReturnType<typeof layOutImage>>();

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'netaware-image-'));
    await chmod(root, 0o755);
    layOutDependencies(join(root, 'dependencies'));
    for (const target of TARGETS)
      images.set(target, layOutImage(target, join(root, target), join(root, 'dependencies')));
    await copyFile(STATE_FILE, join(root, 'state.yaml'));
    const cluster = { name: 'none', cluster: { server: NOWHERE } };
    const contexts = [{ name: 'none', context: { cluster: 'none', user: 'none' } }];
    const config = { clusters: [cluster], contexts, users: [{ name: 'none', user: {} }], 'current-context': 'none' };
    await writeFile(join(root, 'kubeconfig'), JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config }));
  }, LAYOUT_DEADLINE_MS);

  afterAll(() => rm(root, { recursive: true, force: true }), LAYOUT_DEADLINE_MS);

  function start(target: Target, args: readonly string[], env: Record<string, string> = {}) {
    const image = images.get(target);
    if (image === undefined) throw new Error(`no files of ${target} were laid out`);
    return execa('setpriv', [...AS_IN_A_RESTRICTED_POD, ...image.entrypoint, ...args], {
      cwd: image.workingFolder,
      env: { PATH: image.path, ...env },
      extendEnv: false,
      reject: false,
      timeout: DEADLINE_MS,
    });
  }

  /** The port that a service tells in its log. */
  function portOf(run: ReturnType<typeof start>): Promise<number> {
    return new Promise((resolve, reject) => {
      const lines = createInterface({ input: run.stderr });
      lines.on('line', (line) => {
        const { port } = parseLine(line);
        if (port !== undefined) resolve(port);
      });
      void run.then(({ stderr }) => reject(new Error(`it ended without listening:\n${stderr}`)));
    });
  }

  it.each(TARGETS.slice(0, 3))('tells its flags: %s', async (target) => {
    const { exitCode, stdout } = await start(target, ['--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Usage: netaware ${target}`);
  });

  it.each([
    { target: 'agent', args: ['--node', 'node-1', '--aggregator-url', NOWHERE, '--listen-port', '0'] },
    { target: 'aggregator', args: ['--host', '127.0.0.1', '--port', '0', '--kubeconfig', '../../kubeconfig'] },
    { target: 'extender', args: ['--host', '127.0.0.1', '--port', '0', '--state', '../../state.yaml'] },
  ] as const)(
    'is all that $target needs to run',
    async ({ target, args }) => {
      const run = start(target, args);
      const port = await portOf(run);
      const response = await fetch(`http://127.0.0.1:${port}/livez`);
      expect(response.status).toBe(200);
      run.kill('SIGTERM');
      expect((await run).exitCode).toBe(0);
    },
    DEADLINE_MS,
  );

  it(
    'is all that the synthetic service needs to run',
    async () => {
      const port = await freePort();
      const run = start('synthetic-service', [], {
        ...{ POD_IP: '127.0.0.1', PORT: String(port), CPU_MICROSECONDS: '0', RESPONSE_BYTES: '10', SEED: '1' },
        DOWNSTREAM: '[]',
      });
      const url = `http://127.0.0.1:${port}/`;
      await until('the service answers', DEADLINE_MS, async () => {
        const body = await fetch(url).then(
          (response) => response.text(),
          () => 'no answer',
        );
        return body === 'xxxxxxxxxx' ? undefined : body;
      });
      run.kill('SIGTERM');
      expect((await run).exitCode).toBe(0);
    },
    DEADLINE_MS,
  );
});

function parseLine(line: string): { port?: number } {
  try {
    return JSON.parse(line) as { port?: number };
  } catch {
    return {};
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
