import { isActive, type Node, type Pod } from '#core/api/kubernetes.ts';
import { parseQuantity, type Quantity } from '#core/api/quantity.ts';

/** Millicores and bytes. */
export interface Requests {
  cpu: number;
  memory: number;
}

/** A node and what the active pods on it ask for. */
export interface NodeUsage {
  node: Node;
  allocatable: Requests & { pods: number };
  pods: number;
  requested: Requests;
  /** As `requested`, with kube-scheduler's stand-ins for containers that ask for nothing. */
  nonZeroRequested: Requests;
}

/** Kube-scheduler's DefaultMilliCPURequest and DefaultMemoryRequest. */
const DEFAULT_REQUESTS: Requests = { cpu: 100, memory: 200 * 1024 * 1024 };

const NOTHING: Requests = { cpu: 0, memory: 0 };

/** The use of every node, by the pods bound to it and those assumed there (node name by pod uid); sorted by name. */
export function usageOfNodes(
  nodes: readonly Node[],
  pods: readonly Pod[],
  assumedNodes: ReadonlyMap<string, string>,
): NodeUsage[] {
  const usages = new Map(nodes.map((node) => [node.metadata.name, unused(node)]));
  for (const pod of pods.filter(isActive)) {
    const usage = usages.get(pod.spec.nodeName ?? assumedNodes.get(pod.metadata.uid ?? '') ?? '');
    if (usage === undefined) continue;
    usage.pods += 1;
    usage.requested = add(usage.requested, requestsOf(pod));
    usage.nonZeroRequested = add(usage.nonZeroRequested, nonZeroRequestsOf(pod));
  }
  return [...usages.values()].sort((a, b) => (a.node.metadata.name < b.node.metadata.name ? -1 : 1));
}

/** The use of every node, by its name. */
export function usageByNode(nodes: readonly Node[], pods: readonly Pod[]): Map<string, NodeUsage> {
  return new Map(usageOfNodes(nodes, pods, new Map()).map((usage) => [usage.node.metadata.name, usage]));
}

export function requestsOf(pod: Pod): Requests {
  return podRequests(pod, NOTHING);
}

/** What a pod counts for in LeastAllocated: a container without a request counts as a small one. */
export function nonZeroRequestsOf(pod: Pod): Requests {
  return podRequests(pod, DEFAULT_REQUESTS);
}

/** What of the node pods may ask for; 0 of what it does not tell. */
export function allocatableOf(node: Node): NodeUsage['allocatable'] {
  const { cpu, memory, pods } = node.status?.allocatable ?? {};
  return { cpu: milli(cpu) ?? 0, memory: whole(memory) ?? 0, pods: whole(pods) ?? 0 };
}

function unused(node: Node): NodeUsage {
  return {
    node,
    allocatable: allocatableOf(node),
    pods: 0,
    requested: NOTHING,
    nonZeroRequested: NOTHING,
  };
}

/**
 * As kube-scheduler counts: containers run together with all sidecars; before that init containers run one after the other, each
 * with the sidecars that were started by then; and the runtime takes its own part.
 */
function podRequests({ spec }: Pod, defaults: Requests): Requests {
  const of = ({ resources }: Container): Requests => ({
    cpu: milli(resources?.requests?.cpu) ?? defaults.cpu,
    memory: whole(resources?.requests?.memory) ?? defaults.memory,
  });
  let sidecars = NOTHING;
  let atStart = NOTHING;
  for (const container of spec.initContainers ?? []) {
    const together = add(sidecars, of(container));
    if (container.restartPolicy === 'Always') sidecars = together;
    atStart = most(atStart, together);
  }
  const running = spec.containers.map(of).reduce(add, sidecars);
  const overhead = { cpu: milli(spec.overhead?.cpu) ?? 0, memory: whole(spec.overhead?.memory) ?? 0 };
  return add(most(running, atStart), overhead);
}

type Container = Pod['spec']['containers'][number];

function add(a: Requests, b: Requests): Requests {
  return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory };
}

function most(a: Requests, b: Requests): Requests {
  return { cpu: Math.max(a.cpu, b.cpu), memory: Math.max(a.memory, b.memory) };
}

/** Rounded up, as Kubernetes does; the tiny step takes back what binary fractions add. */
function milli(value: Quantity | undefined): number | undefined {
  return scaled(value, 1_000);
}

function whole(value: Quantity | undefined): number | undefined {
  return scaled(value, 1);
}

function scaled(value: Quantity | undefined, factor: number): number | undefined {
  const parsed = value === undefined ? undefined : parseQuantity(value);
  return parsed === undefined ? undefined : Math.ceil(parsed * factor - 1e-6);
}
