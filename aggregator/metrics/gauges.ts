import { Gauge, type Registry } from 'prom-client';

/** A gauge that is asked for its value at each scrape; there is no series while it has none. */
export function addGauge(registry: Registry, name: string, help: string, value: () => number | undefined): void {
  new Gauge({
    name: `netaware_aggregator_${name}`,
    help,
    registers: [registry],
    collect() {
      const current = value();
      if (current === undefined) this.remove();
      else this.set(current);
    },
  });
}

/** A gauge with a series for each of the entries that there are at the scrape. */
export function addLabelledGauge<Label extends string>(
  registry: Registry,
  options: { name: string; help: string; labelNames: Label[] },
  entries: () => Iterable<{ labels: Record<Label, string>; value: number | undefined }>,
): void {
  new Gauge({
    ...options,
    name: `netaware_aggregator_${options.name}`,
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, value } of entries()) if (value !== undefined) this.set(labels, value);
    },
  });
}
