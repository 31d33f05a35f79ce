import { z } from 'zod';
import { DEFAULT_WEIGHTS_NAME } from '#core/api/diktyo.ts';
import { SHORTLISTS } from '#core/scoring/shortlist.ts';
import { STRATEGY_NAMES, type StrategyName } from '#core/scoring/strategies.ts';
import { parseInput } from '#core/validation.ts';
import { LOG_LEVELS } from '#runtime/logger.ts';
import { givenSettings, portSetting } from '#runtime/settings.ts';
import { isWholeKeyPair, KEY_PAIR_PROBLEM, SERVING_SETTINGS, SERVING_VARIABLES } from '#runtime/tls/settings.ts';

/** The one that measured best: docs/adr/0006-default-strategy.md. */
export const DEFAULT_STRATEGY: StrategyName = 'linear';

const schema = z
  .object({
    host: z.string().default('0.0.0.0'),
    port: portSetting.default(8089),
    ...SERVING_SETTINGS,
    clientCaFile: z.string().optional(),
    clientName: z.string().optional(),
    kubeconfig: z.string().optional(),
    state: z.array(z.string()).min(1).optional(),
    strategy: z.enum(STRATEGY_NAMES).default(DEFAULT_STRATEGY),
    dependenciesOnly: z.stringbool().or(z.boolean()).default(false),
    /** Which of scheduler-plugins' NetworkTopologies is read, and which weights in it, as its own plugins are told. */
    networkTopology: z.string().min(1).optional(),
    weightsName: z.string().min(1).default(DEFAULT_WEIGHTS_NAME),
    /** What filter leaves to the scheduler: docs/adr/0008-filter-answers-a-shortlist.md, 0009-throughput.md. */
    shortlist: z.enum(SHORTLISTS).default('fair'),
    /** Where decisions are reported to; without it the aggregator's audit must be off. */
    aggregatorUrl: z.url({ protocol: /^https?$/ }).optional(),
    aggregatorCaFile: z.string().min(1).optional(),
    tokenFile: z.string().min(1).optional(),
    logLevel: z.enum(LOG_LEVELS).default('info'),
  })
  .refine(({ kubeconfig, state }) => kubeconfig === undefined || state === undefined, {
    path: ['state'],
    error: 'a state file takes the place of an API server: give either --state or --kubeconfig',
  })
  .refine(isWholeKeyPair, KEY_PAIR_PROBLEM)
  .refine(({ clientCaFile, tlsCertFile }) => clientCaFile === undefined || tlsCertFile !== undefined, {
    path: ['clientCaFile'],
    error: 'clients show certificates over TLS only: give --tls-cert-file and --tls-private-key-file too',
  })
  .refine(({ clientName, clientCaFile }) => clientName === undefined || clientCaFile !== undefined, {
    path: ['clientName'],
    error: 'the name is that in a client certificate: give --client-ca-file too',
  });
export type ExtenderConfig = z.infer<typeof schema>;

const ENVIRONMENT = {
  host: 'NETAWARE_HOST',
  port: 'NETAWARE_PORT',
  ...SERVING_VARIABLES,
  clientCaFile: 'NETAWARE_CLIENT_CA_FILE',
  clientName: 'NETAWARE_CLIENT_NAME',
  strategy: 'NETAWARE_STRATEGY',
  dependenciesOnly: 'NETAWARE_DEPENDENCIES_ONLY',
  networkTopology: 'NETAWARE_NETWORK_TOPOLOGY',
  weightsName: 'NETAWARE_WEIGHTS_NAME',
  shortlist: 'NETAWARE_SHORTLIST',
  aggregatorUrl: 'NETAWARE_AGGREGATOR_URL',
  aggregatorCaFile: 'NETAWARE_AGGREGATOR_CA_FILE',
  tokenFile: 'NETAWARE_TOKEN_FILE',
  logLevel: 'NETAWARE_LOG_LEVEL',
};

/** Flags win over the environment (NETAWARE_PORT and so on). Throws AppError INVALID_INPUT naming the setting. */
export function loadConfig(flags: Record<string, unknown>, env: NodeJS.ProcessEnv): ExtenderConfig {
  return parseInput(schema, givenSettings(ENVIRONMENT, flags, env), 'extender settings');
}
