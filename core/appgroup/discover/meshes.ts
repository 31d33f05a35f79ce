import type { Endpoint, Measure, Sample, Traffic } from '#core/appgroup/discover/traffic.ts';

export const MESH_NAMES = ['istio', 'linkerd', 'hubble'] as const;
export type MeshName = (typeof MESH_NAMES)[number];

/** A counter of traffic between workloads. */
interface TrafficMetric {
  name: string;
  measure: Measure;
  /** Of PromQL: which of its series count. */
  matchers: readonly string[];
}

/** Where a mesh, or Cilium, tells who talks to whom. */
export interface Mesh {
  name: MeshName;
  /** For people: "Istio". */
  title: string;
  metrics: readonly TrafficMetric[];
  /** Labels that tell the ends of a call, and who reports it. */
  labels: readonly string[];
  namespaceLabels: readonly [origin: string, destination: string];
  endsOf(labels: Sample['labels']): Pick<Traffic, 'origin' | 'destination'>;
  /** True for a workload that is the mesh's own. */
  isProxy(endpoint: Endpoint): boolean;
  /** For people: what must be there for the metrics to be. */
  needs: string;
}

/**
 * The proxies of both ends report (reporter source and destination), in ambient mode ztunnel for both ends and the waypoint.
 * https://istio.io/latest/docs/reference/config/metrics/
 */
const ISTIO: Mesh = {
  name: 'istio',
  title: 'Istio',
  metrics: [
    { name: 'istio_requests_total', measure: 'requests', matchers: [] },
    { name: 'istio_request_bytes_sum', measure: 'bytes', matchers: [] },
    { name: 'istio_response_bytes_sum', measure: 'bytes', matchers: [] },
    { name: 'istio_tcp_sent_bytes_total', measure: 'bytes', matchers: [] },
    { name: 'istio_tcp_received_bytes_total', measure: 'bytes', matchers: [] },
  ],
  labels: [
    'reporter',
    'source_workload',
    'source_workload_namespace',
    'destination_workload',
    'destination_workload_namespace',
  ],
  namespaceLabels: ['source_workload_namespace', 'destination_workload_namespace'],
  endsOf: (labels) => ({
    origin: known(labels.source_workload_namespace, labels.source_workload),
    destination: known(labels.destination_workload_namespace, labels.destination_workload),
  }),
  // As `istioctl waypoint apply` names it.
  isProxy: ({ workload }) => workload === 'waypoint',
  needs: "Prometheus scrapes Istio's proxies, and their metrics have source_workload and destination_workload",
};

/** Labels that name the owner of the pods; for the called end with dst_ before them. */
const LINKERD_KINDS = {
  deployment: 'Deployment',
  statefulset: 'StatefulSet',
  daemonset: 'DaemonSet',
  cronjob: 'CronJob',
} as const;
const LINKERD_LABELS = Object.keys(LINKERD_KINDS) as (keyof typeof LINKERD_KINDS)[];

/** The caller's proxy tells both ends. https://linkerd.io/2/reference/proxy-metrics/ */
const LINKERD: Mesh = {
  name: 'linkerd',
  title: 'Linkerd',
  metrics: [
    { name: 'request_total', measure: 'requests', matchers: ['direction="outbound"'] },
    { name: 'tcp_write_bytes_total', measure: 'bytes', matchers: ['direction="outbound"', 'peer="dst"'] },
    { name: 'tcp_read_bytes_total', measure: 'bytes', matchers: ['direction="outbound"', 'peer="dst"'] },
  ],
  labels: ['namespace', ...LINKERD_LABELS, 'dst_namespace', ...LINKERD_LABELS.map((label) => `dst_${label}`)],
  namespaceLabels: ['namespace', 'dst_namespace'],
  endsOf: (labels) => ({ origin: linkerdEndpoint(labels, ''), destination: linkerdEndpoint(labels, 'dst_') }),
  isProxy: () => false,
  needs: "Prometheus scrapes Linkerd's proxies as linkerd-viz's does, with the labels namespace and deployment",
};

/**
 * HTTP is there only where Cilium's proxy looks into it; both ends' agents report it. Flows and TCP flags are there for all.
 * https://docs.cilium.io/en/stable/observability/metrics/#hubble-exported-metrics
 */
const HUBBLE: Mesh = {
  name: 'hubble',
  title: 'Hubble',
  metrics: [
    { name: 'hubble_http_requests_total', measure: 'requests', matchers: [] },
    { name: 'hubble_flows_processed_total', measure: 'flows', matchers: ['verdict=~"FORWARDED|REDIRECTED"'] },
    { name: 'hubble_tcp_flags_total', measure: 'connections', matchers: ['flag="SYN"'] },
  ],
  labels: [
    'reporter',
    'source_namespace',
    'source_workload',
    'source_workload_kind',
    'destination_namespace',
    'destination_workload',
    'destination_workload_kind',
  ],
  namespaceLabels: ['source_namespace', 'destination_namespace'],
  endsOf: (labels) => ({
    origin: known(labels.source_namespace, labels.source_workload, labels.source_workload_kind),
    destination: known(labels.destination_namespace, labels.destination_workload, labels.destination_workload_kind),
  }),
  isProxy: () => false,
  needs:
    'the metrics flow, tcp and httpV2 are enabled in Cilium, each with ' +
    'labelsContext=source_namespace,source_workload,destination_namespace,destination_workload',
};

export const MESHES: Readonly<Record<MeshName, Mesh>> = { istio: ISTIO, linkerd: LINKERD, hubble: HUBBLE };

/** Istio says "unknown" for what it does not know, Hubble leaves the label empty. */
function known(namespace = '', workload = '', kind = ''): Endpoint {
  const isKnown = namespace !== '' && namespace !== 'unknown' && workload !== '' && workload !== 'unknown';
  if (!isKnown) return { namespace: namespace === 'unknown' ? '' : namespace, workload: '' };
  return { namespace, workload, ...(kind === '' ? {} : { kind }) };
}

function linkerdEndpoint(labels: Sample['labels'], prefix: '' | 'dst_'): Endpoint {
  const label = LINKERD_LABELS.find((candidate) => labels[`${prefix}${candidate}`]);
  const name = label && labels[`${prefix}${label}`];
  return known(labels[`${prefix}namespace`], name, label && LINKERD_KINDS[label]);
}

/**
 * PromQL that answers, for each pair of ends and each reporter, what the metric rose by over the window; a counter that began
 * anew is counted on. With a namespace, only of pairs one end of which is in it. Neither is checked: they are put in as they are.
 */
export function trafficQuery(
  { labels, namespaceLabels }: Mesh,
  { name, matchers }: TrafficMetric,
  { window, namespace }: { window: string; namespace?: string },
): string {
  const increase = (more: readonly string[]) => `increase(${name}{${[...matchers, ...more].join(',')}}[${window}])`;
  const increases =
    namespace === undefined ? [increase([])] : namespaceLabels.map((label) => increase([`${label}="${namespace}"`]));
  return `sum by (${labels.join(', ')}) (${increases.join(' or ')})`;
}
