import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether this machine has what a suite needs, for `describe.runIf`. Where it has not, one line on stderr says which suite
 * is skipped and why.
 */
export function meetsRequirements(suite: string, needs: { root?: boolean; tools: readonly string[] }): boolean {
  const missing = findMissing(needs);
  if (missing !== undefined) process.stderr.write(`skipped: ${suite}: needs ${missing}\n`);
  return missing === undefined;
}

function findMissing({ root = false, tools }: { root?: boolean; tools: readonly string[] }): string | undefined {
  if (root && (process.platform !== 'linux' || process.getuid?.() !== 0)) return 'root on Linux';
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return tools.find((tool) => !folders.some((folder) => existsSync(join(folder, tool))));
}
