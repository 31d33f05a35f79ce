import { describe, expect, it } from 'vitest';
import { loadConfig } from '#aggregator/config.ts';

describe('loadConfig', () => {
  it('has defaults for everything', () => {
    expect(loadConfig({}, {})).toEqual({ host: '0.0.0.0', port: 8088, writeIntervalMs: 2000, logLevel: 'info' });
  });

  it('lets flags win over the environment', () => {
    const env = { NETAWARE_PORT: '1234', NETAWARE_WRITE_INTERVAL_MS: '500' };
    expect(loadConfig({ port: '4321', kubeconfig: undefined }, env)).toMatchObject({
      port: 4321,
      writeIntervalMs: 500,
    });
  });

  it('names the setting that is wrong', () => {
    expect(() => loadConfig({ port: 'http' }, {})).toThrow(/aggregator settings: port: .*found "http"/);
  });
});
