import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { AppError } from '#core/errors.ts';
import { type Apps, NAMESPACE } from './apps.ts';
import { type Arm, schedulerConfiguration } from './arms.ts';
import { bindingRate } from './binding-rate.ts';
import { type Binding, recordBindings } from './binding-recorder.ts';
import { startChild } from './child-process.ts';
import type { ApiServer } from './control-plane.ts';
import { whyInvalid } from './extender-calls.ts';
import { type ExtenderProcess, startExtenderProcess } from './extender-process.ts';
import { createPods, deletePods } from './populate.ts';
import type { ArmFigures } from './result.ts';

const DEADLINE_MS = 600_000;
const WARM_UP_PODS = 100;

/**
 * One run of one arm: queues the pods while no scheduler runs, starts the scheduler, and waits until all are bound. So the
 * rate is the scheduler's, and not that of whoever creates pods. Leaves the cluster without pods.
 */
export async function runArm(options: {
  arm: Arm;
  apiServer: ApiServer;
  scheduler: string;
  apps: Apps;
  nodeNames: readonly string[];
  judge(bindings: readonly Binding[]): number;
}): Promise<ArmFigures> {
  const { arm, apps } = options;
  const { client, kubeconfig } = options.apiServer;
  await createPods(client, apps);
  const warmUp = { pods: apps.pods.slice(0, WARM_UP_PODS), nodeNames: options.nodeNames };
  const extender = arm.extender === 'none' ? undefined : await startExtenderProcess(kubeconfig, arm.extender, warmUp);
  try {
    return await schedule({ ...options, extender });
  } finally {
    await extender?.stop();
    await deletePods(client);
  }
}

async function schedule({
  arm,
  apiServer: { client, kubeconfig, folder },
  scheduler: binary,
  apps,
  judge,
  extender,
}: Parameters<typeof runArm>[0] & { extender: ExtenderProcess | undefined }): Promise<ArmFigures> {
  const recorder = await recordBindings(client.kubeConfig, NAMESPACE, apps.pods.length);
  const config = join(folder, 'scheduler.json');
  await writeFile(config, JSON.stringify(schedulerConfiguration(arm, kubeconfig, extender?.port)));
  // Without a secure port nothing of the machine's is taken, and nobody needs to be let in.
  const scheduler = startChild(binary, ['--config', config, '--secure-port', '0']);
  const cpuTimes = async () => ({
    scheduler: await scheduler.cpuMs(),
    extender: await extender?.cpuMs(),
    machine: busyMs(),
  });
  try {
    const failure = Promise.race([scheduler.ended, tooLong(() => recorder.count())]);
    await Promise.race([recorder.first, failure]);
    const cpuBefore = await cpuTimes();
    const bindings = await Promise.race([recorder.all, failure]);
    const cpuAfter = await cpuTimes();
    const boundAtMs = bindings.map(({ atMs }) => atMs);
    const calls = await extender?.calls();
    const perPod = (before = 0, after = 0) => (after - before) / apps.pods.length;
    return {
      podsPerSecond: bindingRate(boundAtMs),
      seconds: (Math.max(...boundAtMs) - Math.min(...boundAtMs)) / 1000,
      placementCost: judge(bindings),
      cpuMsPerPod: {
        scheduler: perPod(cpuBefore.scheduler, cpuAfter.scheduler),
        extender: perPod(cpuBefore.extender, cpuAfter.extender),
        machine: perPod(cpuBefore.machine, cpuAfter.machine),
      },
      extenderCalls: calls,
      invalid:
        calls && whyInvalid(calls, { pods: apps.pods.length, scores: arm.extender === 'shipped' }, scheduler.log()),
    };
  } finally {
    recorder.stop();
    await scheduler.stop();
  }
}

/** CPU time that the whole machine has used since it started, summed over its cores. */
function busyMs(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
}

function tooLong(bound: () => number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(
      () => reject(new AppError('TIMEOUT', `only ${bound()} pods were bound in ${DEADLINE_MS / 1000} s`)),
      DEADLINE_MS,
    ).unref();
  });
}
