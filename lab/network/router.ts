import { run, succeeds } from '#lab/command.ts';
import type { LabPlan } from '#lab/lab-file.ts';
import { ROUTER_NAMESPACE } from '#lab/names.ts';
import { ipBatch, ROUTER_PORT } from '#lab/network/hosts.ts';
import { shapingScript } from '#lab/network/shaping-script.ts';
import { startUmlRouter } from '#lab/network/uml-router.ts';

export type RouterKind = 'kernel' | 'user-mode-linux';

/**
 * Joins the hosts' ports and shapes the links: with the machine's own kernel where it has netem, else in a user-mode-linux
 * kernel. Returns which.
 */
export async function startRouter(plan: LabPlan, stateFolder: string): Promise<RouterKind> {
  if (await kernelHasNetem()) {
    await startKernelRouter(plan);
    return 'kernel';
  }
  await startUmlRouter(plan, stateFolder);
  return 'user-mode-linux';
}

async function kernelHasNetem(): Promise<boolean> {
  const netem = ['-netns', ROUTER_NAMESPACE, 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'];
  if (!(await succeeds('tc', netem))) {
    await succeeds('modprobe', ['-q', 'sch_netem']);
    if (!(await succeeds('tc', netem))) return false;
  }
  await run('tc', ['-netns', ROUTER_NAMESPACE, 'qdisc', 'del', 'dev', 'lo', 'root']);
  return true;
}

async function startKernelRouter(plan: LabPlan): Promise<void> {
  const ports = plan.nodes.map(({ index }) => `${ROUTER_PORT}${index}`);
  await ipBatch(
    [
      `link add br0 mtu ${plan.mtu} type bridge`,
      ...ports.map((port) => `link set ${port} mtu ${plan.mtu} master br0 up`),
      'link set br0 up',
    ],
    ROUTER_NAMESPACE,
  );
  for (const port of ports) {
    await run('ip', [
      'netns',
      'exec',
      ROUTER_NAMESPACE,
      'ethtool',
      '-K',
      port,
      'tx',
      'off',
      'tso',
      'off',
      'gso',
      'off',
      'gro',
      'off',
    ]);
  }
  const script = `${shapingScript(plan, ROUTER_PORT).join('\n')}\n`;
  await run('tc', ['-netns', ROUTER_NAMESPACE, '-batch', '-'], script);
}
