import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { meetsRequirements } from '#test/requirements.ts';

// A real CPU limit, in whichever version of cgroups the machine has.

const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';
const version = existsSync(`${V1}/cpu.cfs_quota_us`) || existsSync(`${V1}/cpu.shares`) ? 1 : 2;
const FOLDER = `${version === 1 ? V1 : V2}/netaware-throttled`;

/** Works for 300 ms of its own clock and says whether it was held back meanwhile, as the agent asks. */
const PROGRAM = `
  import { watchThrottling } from '#agent/throttling.ts';
  // Before the first turn of the event loop it has no use to tell.
  await new Promise((resolve) => setTimeout(resolve, 1));
  const end = watchThrottling()();
  const until = performance.now() + 300;
  while (performance.now() < until);
  console.log(JSON.stringify(end()));
`;

const canRun =
  meetsRequirements('a throttled agent', { root: true, tools: ['sh'] }) &&
  (version === 1 || readFileSync(`${V2}/cgroup.subtree_control`, 'utf8').includes('cpu'));

describe.runIf(canRun)('an agent with a CPU limit', () => {
  beforeAll(() => mkdirSync(FOLDER, { recursive: true }));
  afterAll(async () => {
    await vi.waitUntil(() => readFileSync(`${FOLDER}/cgroup.procs`, 'utf8') === '', { timeout: 5000 });
    rmdirSync(FOLDER);
  });

  function limit(percent: number | undefined): void {
    if (version === 1) {
      writeFileSync(`${FOLDER}/cpu.cfs_quota_us`, percent === undefined ? '-1' : String(percent * 1000));
    } else {
      writeFileSync(`${FOLDER}/cpu.max`, percent === undefined ? 'max 100000' : `${percent * 1000} 100000`);
    }
  }

  async function run(): Promise<{ throttled: boolean }> {
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      'echo $$ > "$0/cgroup.procs" && exec "$@"',
      FOLDER,
      ...[process.execPath, '--input-type=module', '--eval', PROGRAM],
    ]);
    return JSON.parse(stdout);
  }

  it('knows that it was throttled, and that it was not without a limit', async () => {
    limit(undefined);
    expect(await run()).toMatchObject({ throttled: false, busy: true });
    limit(20);
    expect(await run()).toMatchObject({ throttled: true });
  });
});
