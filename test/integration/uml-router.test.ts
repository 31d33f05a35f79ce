import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePing } from '#core/measurement/ping-output.ts';
import type { LabPlan } from '#lab/lab-file.ts';
import { hostNamespace, SERVICES_CGROUP, STATE_FOLDER, shapedAddress } from '#lab/names.ts';
import { checkAddressesAreFree } from '#lab/network/address-check.ts';
import { chooseCongestionControl } from '#lab/network/congestion-control.ts';
import { makeHosts } from '#lab/network/hosts.ts';
import { startUmlRouter } from '#lab/network/uml-router.ts';
import { withoutXstate } from '#lab/network/xstate.ts';
import { openCgroups } from '#lab/pods/cgroups.ts';
import { acquireLab } from '#lab/state/lab-state.ts';
import { removeLab } from '#lab/state/remove.ts';
import { meetsRequirements } from '#test/requirements.ts';

// User-mode Linux as it runs where the processor has AMX. This machine's may have none: it is told that it has.

const canRun = meetsRequirements('user-mode-linux router', {
  root: true,
  tools: ['ip', 'tc', 'ping', 'perl', 'linux.uml'],
});
const SET_UP_DEADLINE_MS = 90_000;
const CPU_INFO_WITH_AMX = 'flags : fpu amx_tile';

const host = { zone: 'zone', cpu: '1', memory: '1Gi' };
const [origin, destination] = [
  { ...host, name: 'here', index: 1 },
  { ...host, name: 'there', index: 2 },
] as const;
const link = { rttMs: 20, jitterMs: 0, lossPercent: 0, bandwidthMbps: 100 };
const plan: LabPlan = {
  nodes: [origin, destination],
  links: [
    { origin: origin.name, destination: destination.name, ...link },
    { origin: destination.name, destination: origin.name, ...link },
  ],
  mtu: 9000,
};

describe.runIf(canRun)('where the processor has AMX', () => {
  let isOurs = false;

  beforeAll(async () => {
    await acquireLab();
    isOurs = true;
    await checkAddressesAreFree();
    openCgroups().create(SERVICES_CGROUP);
    await makeHosts(plan, await chooseCongestionControl());
    await startUmlRouter(plan, STATE_FOLDER, CPU_INFO_WITH_AMX);
  }, SET_UP_DEADLINE_MS);

  afterAll(async () => {
    if (isOurs) await removeLab();
  }, SET_UP_DEADLINE_MS);

  test('the router runs under the filter, and delays what passes', async () => {
    const router = openCgroups()
      .processes(SERVICES_CGROUP)
      .map(async (pid) => readFile(`/proc/${pid}/status`, 'utf8'));
    const filtered = (await Promise.all(router)).filter((status) => /^Name:\tlinux.*^Seccomp:\t2$/ms.test(status));
    expect(filtered).not.toEqual([]);

    const args = ['-c', '50', '-i', '0.005', '-W', '1', shapedAddress(destination)];
    const { stdout } = await execa('ip', ['netns', 'exec', hostNamespace(origin), 'ping', ...args], {
      env: { LC_ALL: 'C' },
    });
    const result = parsePing(stdout);
    if (result.outcome !== 'answered') throw new Error(`no answers: ${stdout}`);
    // Without the router's delay it would be less than 1 ms. How exact it is, the tests of the lab's network say.
    expect(result.rttMicroseconds / 1000).toBeGreaterThan(link.rttMs - 1);
  });

  test('ptrace has all register sets but the extended state', async () => {
    const probe = ['perl', ['-e', PROBE]] as const;
    const filtered = withoutXstate(...probe);
    const [plain, limited] = await Promise.all([execa(...probe), execa(filtered.command, filtered.args)]);
    expect(plain.stdout.split('\n')).toEqual(['general 0', 'floating-point 0', 'extended 0']);
    expect(limited.stdout.split('\n')).toEqual(['general 0', 'floating-point 0', `extended ${EINVAL}`]);
  });
});

const EINVAL = 22;

/** Stops a child and reads each of its register sets (PTRACE_TRACEME, PTRACE_GETREGSET); prints the errors' numbers. */
const PROBE = `
  my $child = fork;
  if ($child == 0) { syscall(101, 0, 0, 0, 0); kill 'STOP', $$; exit }
  waitpid $child, 0;
  for (['general', 1], ['floating-point', 2], ['extended', 0x202]) {
    my ($name, $set) = @$_;
    my $registers = "\\0" x 65536;
    my $failed = syscall(101, 0x4204, $child, $set, pack('P Q', $registers, length $registers));
    print "$name ", $failed ? $! + 0 : 0, "\\n";
  }
  kill 'KILL', $child;
`;
