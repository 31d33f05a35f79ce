import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeKubeconfig } from '#lab/kubeconfig.ts';

it.each([
  { token: 'secret', others: 0 },
  { token: undefined, others: 0o044 },
])('a kubeconfig can be read by others only where it has no token: %j', async ({ token, others }) => {
  const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-test-'));
  const umask = process.umask(0o022);
  try {
    const path = join(folder, 'kubeconfig');
    await writeKubeconfig(path, { server: 'http://127.0.0.1:1', ...(token === undefined ? {} : { token }) });
    expect(statSync(path).mode & 0o077).toBe(others);
  } finally {
    process.umask(umask);
    rmSync(folder, { recursive: true });
  }
});
