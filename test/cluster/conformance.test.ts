import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { conformanceTests, MODULES_FOLDER } from '#lab/control-plane/kubernetes/programs.ts';

// The extender as kube-scheduler's own client sees it: Go tests, built by `make control-plane`, each as a test of its own.

const program = conformanceTests(process.env);
const cwd = join(MODULES_FOLDER, 'kubernetes', 'conformance');
const DEADLINE_MS = 600_000;

describe.runIf(isBuilt())("for kube-scheduler's client of extenders", () => {
  it.each(goTests())('$sentence', { timeout: DEADLINE_MS }, async ({ name }) => {
    const args = ['-test.v', '-test.run', `^${name}$`, '-test.timeout', `${DEADLINE_MS}ms`];
    const { all, exitCode } = await execa(program, args, { cwd, all: true, reject: false, timeout: DEADLINE_MS });
    expect(exitCode, all).toBe(0);
    // A pattern that matches no test ends well, too.
    expect(all).toContain(`--- PASS: ${name} `);
  });
});

function isBuilt(): boolean {
  if (existsSync(program)) return true;
  process.stderr.write(`skipped: conformance of the extender: not built; "make control-plane" builds it\n`);
  return false;
}

/** The names of the tests, and what they say: `TestNoPodIsRefused` is "no pod is refused". */
function goTests(): { name: string; sentence: string }[] {
  if (!existsSync(program)) return [];
  const names = execaSync(program, ['-test.list', '.'], { cwd }).stdout.split('\n').filter(Boolean);
  return names.map((name) => ({ name, sentence: sentenceOf(name) }));
}

function sentenceOf(name: string): string {
  return name
    .replace(/^Test/, '')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
}
