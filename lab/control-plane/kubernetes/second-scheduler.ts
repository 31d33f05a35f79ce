import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseInput } from '#core/validation.ts';
import type { CommandLine } from '#lab/control-plane/kubernetes/commands.ts';

const SECURE_PORT = 10_260;

/** The one that is installed in a cluster. */
const SHIPPED = new URL('../../../manifests/base/scheduler/kube-scheduler-configuration.yaml', import.meta.url);

const configuration = z.looseObject({
  leaderElection: z.looseObject({}),
  extenders: z.tuple([z.looseObject({ urlPrefix: z.url() })]),
});

/**
 * Writes the configuration of the second scheduler below `folder`: the one of the manifests, for the extender at
 * `extenderUrl`. Returns how the stock kube-scheduler is started with it, with the rights of `kubeconfig`.
 */
export async function secondSchedulerCommand(options: {
  folder: string;
  host: string;
  program: string;
  kubeconfig: string;
  extenderUrl: string;
}): Promise<CommandLine> {
  const { folder, host, program, kubeconfig, extenderUrl } = options;
  const path = join(folder, 'netaware-scheduler.yaml');
  const shipped = parseInput(configuration, parse(await readFile(SHIPPED, 'utf8')), SHIPPED.pathname);
  const [extender] = shipped.extenders;
  const adapted = {
    ...shipped,
    clientConnection: { kubeconfig },
    // There is one, and nobody would start it again where it lost its lease.
    leaderElection: { ...shipped.leaderElection, leaderElect: false },
    extenders: [{ ...extender, urlPrefix: extenderUrl + new URL(extender.urlPrefix).pathname }],
  };
  // JSON is YAML.
  await writeFile(path, JSON.stringify(adapted, null, 2));
  return { command: program, args: [`--config=${path}`, `--bind-address=${host}`, `--secure-port=${SECURE_PORT}`] };
}
