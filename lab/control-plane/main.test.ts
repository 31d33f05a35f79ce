import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netaware-control-plane-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function writeConfig(text: string): Promise<string> {
  const file = join(folder, 'control-plane.yaml');
  await writeFile(file, text);
  return file;
}

test('serves the API and stops within a second of SIGTERM, also with a watch open', async () => {
  const config = await writeConfig('{port: 0, profiles: [{schedulerName: default-scheduler}]}');
  const program = execa(process.execPath, [MAIN, '--config', config], { reject: false, timeout: 20_000 });
  const port = await new Promise((resolve) => {
    program.stderr.on('data', (text: Buffer) => {
      const listening = /"port":(\d+)/.exec(text.toString());
      if (listening) resolve(listening[1]);
    });
  });
  const watch = await fetch(`http://127.0.0.1:${port}/api/v1/pods?watch=true`);
  expect(watch.status).toBe(200);
  const stoppedAt = Date.now();
  program.kill('SIGTERM');
  const [{ exitCode }] = await Promise.all([program, watch.text().catch(() => '')]);
  expect(exitCode).toBe(0);
  expect(Date.now() - stoppedAt).toBeLessThan(1_000);
});

test.each([
  ['a port that is none', '{port: 99999}', 'port: too big'],
  ['no port', '{}', 'port: missing'],
  ['a profile without a name', '{port: 0, profiles: [{}]}', 'profiles[0].schedulerName: missing'],
  ['YAML that is none', '{port: ', 'control-plane.yaml: '],
])('refuses a config with %s, and says where', async (_case, text, message) => {
  const config = await writeConfig(text);
  const { exitCode, stderr } = await execa(process.execPath, [MAIN, '--config', config], {
    reject: false,
    timeout: 20_000,
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(message);
});
