import { type Command, Option } from 'commander';
import { aggregatorUrl } from '#cli/endpoints.ts';
import { getJson } from '#cli/http.ts';
import { formatTable, type OutputFormat, outputOption, printResult } from '#cli/output.ts';
import { addTlsOptions, type TlsOptions, tlsCredentials } from '#cli/tls-options.ts';
import { type LinkView, type TopologyView, topologyView } from '#core/api/topology-view.ts';

const METRICS = {
  rtt: { unit: 'ms', value: ({ rttMs }: LinkView) => rttMs, isMeasured, byProbe: true },
  bandwidth: {
    unit: 'Mbit/s',
    value: ({ bandwidthMbps }: LinkView) => bandwidthMbps,
    isMeasured: hasOwnBandwidth,
    byProbe: false,
  },
  loss: { unit: '%', value: ({ lossPercent }: LinkView) => lossPercent, isMeasured, byProbe: true },
  jitter: { unit: 'ms', value: ({ jitterMs }: LinkView) => jitterMs, isMeasured, byProbe: true },
} as const;
type Metric = keyof typeof METRICS;

function isMeasured({ source }: LinkView): boolean {
  return source === 'measured';
}

function hasOwnBandwidth({ bandwidthAgeSeconds }: LinkView): boolean {
  return bandwidthAgeSeconds !== undefined;
}

interface Options extends TlsOptions {
  matrix: Metric;
  aggregator?: string;
  output: OutputFormat;
}

/** `topology` without a subcommand. */
export function registerMatrix(program: Command): Command {
  const command = program
    .command('topology')
    .description('print what is known of the links between the nodes')
    .addOption(new Option('--matrix <metric>', 'what to print').choices(Object.keys(METRICS)).default('rtt'))
    .option('--aggregator <url>', "the aggregator's address (default: the running lab's, or NETAWARE_AGGREGATOR_URL)")
    .addOption(outputOption());
  return addTlsOptions(command).action(async ({ matrix, aggregator, output, ...tls }: Options) => {
    const url = new URL('v1/topology', await aggregatorUrl(aggregator));
    const view = await getJson(url, topologyView, tlsCredentials(tls));
    printResult(view, output, () => formatMatrix(view, matrix));
  });
}

/** Origins down, destinations across. */
export function formatMatrix(view: TopologyView, metric: Metric): string {
  const names = view.nodes.map(({ name }) => name);
  const links = new Map(view.links.map((link) => [`${link.origin}\n${link.destination}`, link]));
  const rows = names.map((origin) => [
    origin,
    ...names.map((destination) => formatCell(links.get(`${origin}\n${destination}`), metric)),
  ]);
  const { unit } = METRICS[metric];
  const by = metric === 'bandwidth' ? congestionControls(view.links) : '';
  const signs = ['~ estimated', '- unknown', 'unreachable: probed in vain'];
  if (view.links.some((link) => isByTcp(link, metric))) signs.push('* by TCP connections, as ICMP is not answered');
  const legend = `${metric} in ${unit}${by}, from the node on the left; ${signs.join(', ')}`;
  const brackets = metric === 'loss' ? '; in brackets where the loss is with 95 % confidence' : '';
  return `${formatTable(['', ...names], rows)}\n${legend}${brackets}`;
}

/** The senders' of what was measured. */
function congestionControls(links: readonly LinkView[]): string {
  const names = new Set(links.flatMap(({ congestionControl }) => congestionControl ?? []));
  return names.size === 0 ? '' : ` by TCP with ${[...names].toSorted().join(', ')}`;
}

function formatCell(link: LinkView | undefined, metric: Metric): string {
  if (link === undefined) return '';
  if (link.source === 'unreachable') return 'unreachable';
  const { value, isMeasured: isOwn } = METRICS[metric];
  const number = value(link);
  if (number === undefined) return '-';
  const text = `${isOwn(link) ? '' : '~'}${formatNumber(number)}${isByTcp(link, metric) ? '*' : ''}`;
  return metric === 'loss' && link.lossPercentInterval ? `${text} (${formatInterval(link.lossPercentInterval)})` : text;
}

function isByTcp(link: LinkView, metric: Metric): boolean {
  return METRICS[metric].byProbe && isMeasured(link) && link.rttMethod === 'tcp';
}

function formatInterval([low, high]: [number, number]): string {
  return `${low.toFixed(1)}–${high.toFixed(1)}`;
}

/** Three significant digits, so that 0.52 ms and 981 Mbit/s stand in one table. */
function formatNumber(number: number): string {
  return number >= 100 ? number.toFixed(0) : String(Number(number.toPrecision(3)));
}
