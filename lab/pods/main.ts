import { parseArgs } from 'node:util';
import { loadConfig } from '#lab/pods/config.ts';
import { startPodRunner } from '#lab/pods/pod-runner.ts';
import { createLogger } from '#runtime/logger.ts';
import { runService } from '#runtime/service.ts';

const logger = createLogger('pod-runner');

await runService(logger, async () => {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  return startPodRunner(await loadConfig(values.config), { searchPath: process.env.PATH ?? '', logger });
});
