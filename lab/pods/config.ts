import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { nodeName } from '#core/api/fields.ts';
import { quantity } from '#core/api/quantity.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';

const podRunnerConfig = z.object({
  nodeName,
  zone: z.string().min(1).optional(),
  region: z.string().min(1).optional(),
  kubeconfig: z.string().min(1).describe('How to reach the API server.'),
  managementAddress: z.ipv4().describe('Where /stats/summary is served: on the unshaped network.'),
  shapedAddress: z.ipv4().describe('The host on the network that pods and probes use.'),
  podAddressPrefix: z
    .string()
    .regex(/^(\d{1,3}\.){3}$/, 'not three parts of an address with a dot behind each')
    .describe('Pods get .10 upwards.'),
  shapedInterface: z.string().min(1).max(15),
  cpu: quantity.describe('Allocatable.'),
  memory: quantity.describe('Allocatable.'),
  port: z.int().min(0).max(65_535).default(10_250),
  logFolder: z.string().min(1).describe('One file per container.'),
  hostsFile: z.string().min(1).describe("The file that the host's processes see as /etc/hosts; it must exist."),
  cgroup: z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+)*$/, 'not a relative path')
    .describe("Parent of the pods' cgroups."),
});
export type PodRunnerConfig = z.infer<typeof podRunnerConfig>;

/** Throws AppError INVALID_INPUT. */
export async function loadConfig(file: string | undefined): Promise<PodRunnerConfig> {
  if (file === undefined) throw new AppError('INVALID_INPUT', '--config: missing, wanted a file');
  try {
    return parseInput(podRunnerConfig, JSON.parse(await readFile(file, 'utf8')), file);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('INVALID_INPUT', `${file}: ${(cause as Error).message}`, { cause });
  }
}
