import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';
import { startApiServer } from '#lab/control-plane/api-server/api-server.ts';
import { schedulerProfile } from '#lab/control-plane/scheduler/profile.ts';
import { startScheduler } from '#lab/control-plane/scheduler/scheduler.ts';
import { createLogger } from '#runtime/logger.ts';
import { runService } from '#runtime/service.ts';

const controlPlaneConfig = z.object({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.int().min(0).max(65_535),
  seed: z.int().min(0).default(0).describe('Which of the best nodes a pod gets, where several are equal.'),
  profiles: z.array(schedulerProfile).default([{ schedulerName: 'default-scheduler', extenders: [] }]),
});

/** JSON is YAML. */
async function readConfig(file: string | undefined): Promise<z.infer<typeof controlPlaneConfig>> {
  if (file === undefined) throw new AppError('INVALID_INPUT', '--config: missing, wanted a file');
  try {
    return parseInput(controlPlaneConfig, parse(await readFile(file, 'utf8')), file);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('INVALID_INPUT', `${file}: ${(cause as Error).message}`, { cause });
  }
}

const logger = createLogger('control-plane');

await runService(logger, async () => {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  const config = await readConfig(values.config);
  const apiServer = await startApiServer({ ...config, logger });
  const scheduler = startScheduler({
    apiServerUrl: apiServer.url,
    profiles: config.profiles,
    seed: config.seed,
    logger,
  });
  return {
    stop: async () => {
      await scheduler.close();
      await apiServer.close();
    },
  };
});
