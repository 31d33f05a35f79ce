import { loadConfig as loadAggregatorConfig } from '#aggregator/config.ts';
import { startAggregator } from '#aggregator/main.ts';
import { createLogger } from '#runtime/logger.ts';
import { loadConfig as loadExtenderConfig } from '#scheduler-extender/config.ts';
import { startExtender } from '#scheduler-extender/main.ts';
import type { Cluster } from '#test/cluster/cluster.ts';
import { startSecondScheduler } from '#test/cluster/scheduling.ts';

/** Aggregator and extender within the test's process, and the second kube-scheduler, which asks this extender. */
export interface Services {
  aggregatorUrl: string;
  extenderUrl: string;
  stop(): Promise<void>;
}

export async function startServices(cluster: Cluster, aggregatorSettings: object): Promise<Services> {
  const { host, controlPlane } = cluster;
  const settings = { host, port: 0, kubeconfig: controlPlane.kubeconfig, logLevel: 'warn' };
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops) await each();
  };
  try {
    // No extender reports its decisions here.
    const audited = { ...settings, auditBindings: false, ...aggregatorSettings };
    const aggregator = await startAggregator(loadAggregatorConfig(audited, {}), createLogger('aggregator', 'warn'));
    stops.push(aggregator.stop);
    const extender = await startExtender(loadExtenderConfig(settings, {}), createLogger('extender', 'warn'));
    stops.push(extender.stop);
    const extenderUrl = `http://${host}:${extender.port}`;
    await startSecondScheduler(cluster, extenderUrl);
    return { aggregatorUrl: `http://${host}:${aggregator.port}`, extenderUrl, stop };
  } catch (err) {
    await stop();
    throw err;
  }
}
