import { z } from 'zod';
import { parseInput } from '#core/validation.ts';
import { LOG_LEVELS } from '#runtime/logger.ts';

const schema = z.object({
  host: z.string().default('0.0.0.0'),
  port: z.coerce.number().int().min(0).max(65_535).default(8088),
  kubeconfig: z.string().optional(),
  writeIntervalMs: z.coerce.number().int().min(50).max(600_000).default(2000),
  logLevel: z.enum(LOG_LEVELS).default('info'),
});
export type AggregatorConfig = z.infer<typeof schema>;

/** Flags win over the environment (NETAWARE_PORT and so on). Throws AppError INVALID_INPUT naming the setting. */
export function loadConfig(flags: Record<string, unknown>, env: NodeJS.ProcessEnv): AggregatorConfig {
  const fromEnvironment = {
    host: env.NETAWARE_HOST,
    port: env.NETAWARE_PORT,
    writeIntervalMs: env.NETAWARE_WRITE_INTERVAL_MS,
    logLevel: env.NETAWARE_LOG_LEVEL,
  };
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  return parseInput(schema, { ...fromEnvironment, ...Object.fromEntries(given) }, 'aggregator settings');
}
