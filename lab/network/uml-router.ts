import { mkdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import type { LabPlan } from '#lab/lab-file.ts';
import { ROUTER_NAMESPACE } from '#lab/names.ts';
import { ipBatch, ROUTER_PORT } from '#lab/network/hosts.ts';
import { shapingScript } from '#lab/network/shaping-script.ts';
import { makeUmlRoot } from '#lab/network/uml-root.ts';
import { hasAmx, WITHOUT_VECTORS, withoutXstate } from '#lab/network/xstate.ts';
import { spawnInLab } from '#lab/state/processes.ts';

/** Inside user-mode-linux the port towards a host is `${UML_PORT}${host.index}`. */
const UML_PORT = 'vec';
const UML = 'linux.uml';
const MEMORY_MB = 128;
const START_DEADLINE_MS = 60_000;

/**
 * Starts a kernel of its own as a process in the router's namespace and has it bridge and shape the hosts' links. Each
 * host's port is bridged to a tap, its end of the line inside. It runs without the processor's extended state where that is
 * more than user-mode-linux can take.
 */
export async function startUmlRouter(plan: LabPlan, stateFolder: string, cpuInfo?: string): Promise<void> {
  const root = `${stateFolder}/uml-root`;
  await makeUmlRoot(root, {
    links: [
      `link add br0 mtu ${plan.mtu} type bridge`,
      ...plan.nodes.map(({ index }) => `link set ${UML_PORT}${index} mtu ${plan.mtu} master br0 up`),
      'link set br0 up',
    ],
    shaping: shapingScript(plan, UML_PORT),
  });
  await makeTaps(plan);
  await mkdir(`${stateFolder}/uml`);
  const log = `${stateFolder}/logs/router.log`;
  const args = [
    `mem=${MEMORY_MB}M`,
    'con=null',
    'con0=null,fd:1',
    'root=/dev/root',
    'rootfstype=hostfs',
    `rootflags=${root}`,
    'ro',
    'init=/init',
    `uml_dir=${stateFolder}/uml`,
    'quiet',
    ...plan.nodes.map(
      ({ index }) => `${UML_PORT}${index}:transport=tap,ifname=tap${index},depth=128,gro=0,mtu=${plan.mtu}`,
    ),
  ];
  const fits = !hasAmx(cpuInfo ?? (await readFile('/proc/cpuinfo', 'utf8')));
  const process = await spawnInLab({
    // What the kernel does not know of its command line is the environment of init.
    ...(fits ? { command: UML, args } : withoutXstate(UML, [...args, WITHOUT_VECTORS])),
    namespace: ROUTER_NAMESPACE,
    env: { TMPDIR: `${stateFolder}/uml` },
    logFile: log,
  });
  await waitUntilReady(log, () => process.isRunning());
}

/** Every tap must be up before the first packet: user-mode-linux retries for ever what it cannot send. */
async function makeTaps({ nodes, mtu }: LabPlan): Promise<void> {
  const lines = nodes.flatMap(({ index }) => [
    `tuntap add dev tap${index} mode tap`,
    `link add br${index} type bridge`,
    `link set tap${index} mtu ${mtu} master br${index} up`,
    `link set ${ROUTER_PORT}${index} mtu ${mtu} master br${index} up`,
    `link set br${index} mtu ${mtu} up`,
  ]);
  await ipBatch(lines, ROUTER_NAMESPACE);
}

async function waitUntilReady(log: string, isRunning: () => boolean): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS;
  for (;;) {
    const output = await readFile(log, 'utf8');
    if (output.includes('ROUTER READY')) return;
    const failed = output.includes('ROUTER FAILED');
    if (failed || !isRunning() || performance.now() > deadline) {
      const reason = failed ? 'its set-up failed' : isRunning() ? 'not ready in time' : 'it ended';
      throw new AppError(
        'FAILED',
        `the user-mode-linux router did not start (${reason}): ${output.slice(-600).trim()}`,
      );
    }
    await sleep(25);
  }
}
