import { expect, it } from 'vitest';
import { ARM_NAMES, ARMS, type ArmName, schedulerConfiguration } from './arms.ts';

type Configuration = Record<string, unknown> & {
  profiles: { plugins?: object }[];
  extenders?: { urlPrefix: string }[];
};

function configurationOf(arm: ArmName): Configuration {
  return schedulerConfiguration(
    ARMS[arm],
    'kubeconfig',
    ARMS[arm].extender === 'none' ? undefined : 4711,
  ) as Configuration;
}

it('lets every arm call the API server alike, for pods of the same scheduler name', () => {
  const [first, ...rest] = ARM_NAMES.map((arm) => {
    const { clientConnection, leaderElection, profiles } = configurationOf(arm);
    return {
      clientConnection,
      leaderElection,
      names: profiles.map((profile) => ({ ...profile, plugins: 0, pluginConfig: 0 })),
    };
  });
  for (const other of rest) expect(other).toEqual(first);
});

it('calls the extender in the arms that have one', () => {
  expect(configurationOf('netaware').extenders?.[0]?.urlPrefix).toBe('http://127.0.0.1:4711/scheduler');
  expect(configurationOf('plain')).not.toHaveProperty('extenders');
  expect(configurationOf('network-overhead')).not.toHaveProperty('extenders');
});

it('switches NetworkOverhead on in its own arm alone', () => {
  const having = ARM_NAMES.filter((arm) => JSON.stringify(configurationOf(arm)).includes('NetworkOverhead'));
  expect(having).toEqual(['network-overhead']);
});
