import { collectDefaultMetrics, Registry } from 'prom-client';

/** One registry per service, with the process's own metrics in it. */
export function createMetricsRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
