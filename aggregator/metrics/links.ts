import type { Registry } from 'prom-client';
import type { Aggregation } from '#aggregator/aggregation.ts';
import { addLabelledGauge } from '#aggregator/metrics/gauges.ts';
import { UNREACHABLE_PARTS_PER_MILLION } from '#core/api/fields.ts';
import type { MeasuredLink } from '#core/api/network-topology-slice.ts';
import { freshSeconds } from '#core/topology/measured-links.ts';

interface LinkGauge {
  suffix: string;
  help: string;
  value(link: MeasuredLink): number | undefined;
}

/** Only of links with a fresh answer: what failed has no value. */
const ANSWERED: readonly LinkGauge[] = [
  { suffix: 'rtt_seconds', help: 'Round-trip time.', value: ({ rttMicroseconds }) => seconds(rttMicroseconds) },
  {
    suffix: 'jitter_seconds',
    help: 'How much it varies from ping to ping.',
    value: ({ jitterMicroseconds }) => seconds(jitterMicroseconds),
  },
];
const PROBED: readonly LinkGauge[] = [
  {
    suffix: 'loss_ratio',
    help: 'Lost pings; 1 is unreachable.',
    value: ({ lossPartsPerMillion: loss }) => (loss === undefined ? undefined : loss / 1e6),
  },
];
const KNOWN: readonly LinkGauge[] = [
  {
    suffix: 'bandwidth_bits_per_second',
    help: 'TCP bandwidth.',
    value: ({ bandwidthBitsPerSecond }) => bandwidthBitsPerSecond,
  },
];

/** Gauges of each measured link, N·k series each; none where there are more than `upToNodes` nodes. */
export function exposeLinks(registry: Registry, aggregation: Aggregation, upToNodes: number): void {
  const ageOf = ({ rttMeasuredAt }: MeasuredLink) => {
    return rttMeasuredAt === undefined ? undefined : Math.max(0, (Date.now() - Date.parse(rttMeasuredAt)) / 1000);
  };
  const isFresh = (link: MeasuredLink) => {
    return (ageOf(link) ?? Number.POSITIVE_INFINITY) <= freshSeconds(aggregation.spec.probe).rtt;
  };
  const isAnswered = (link: MeasuredLink) =>
    isFresh(link) && link.lossPartsPerMillion !== UNREACHABLE_PARTS_PER_MILLION;
  const add = ({ suffix, help, value }: LinkGauge, counts: (link: MeasuredLink) => boolean) =>
    addLabelledGauge(
      registry,
      {
        name: `link_${suffix}`,
        help: `${help} Per link; in clusters of few nodes.`,
        labelNames: ['origin', 'destination'],
      },
      function* () {
        if (aggregation.nodes().length > upToNodes) return;
        for (const { name: origin } of aggregation.nodes()) {
          for (const link of aggregation.store.links(origin)) {
            yield { labels: { origin, destination: link.destination }, value: counts(link) ? value(link) : undefined };
          }
        }
      },
    );
  for (const gauge of ANSWERED) add(gauge, isAnswered);
  for (const gauge of PROBED) add(gauge, isFresh);
  for (const gauge of KNOWN) add(gauge, () => true);
  add({ suffix: 'age_seconds', help: 'Time since its RTT was last measured.', value: ageOf }, () => true);
}

function seconds(microseconds: number | undefined): number | undefined {
  return microseconds === undefined ? undefined : microseconds / 1e6;
}
