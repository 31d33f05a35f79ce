import type { Aggregation } from '#aggregator/aggregation.ts';
import { FIELD_MANAGER } from '#aggregator/field-manager.ts';
import type { Overview } from '#aggregator/links/overview.ts';
import { statusDiffers, topologyStatus } from '#aggregator/publishing/topology-status.ts';
import { NETWORK_TOPOLOGY, resourcePath } from '#core/api/custom-resources.ts';
import { API_VERSION, DEFAULT_TOPOLOGY } from '#core/api/names.ts';
import { type NetworkTopology, type NetworkTopologyStatus, networkTopologySpec } from '#core/api/network-topology.ts';
import { AppError } from '#core/errors.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';

const COLLECTION = resourcePath(NETWORK_TOPOLOGY);
const IDENTITY = {
  apiVersion: API_VERSION,
  kind: NETWORK_TOPOLOGY.kind,
  metadata: { name: DEFAULT_TOPOLOGY },
} as const;

/** Keeps the NetworkTopology `default`: creates it where there is none, and writes its status. */
export class StatusWriter {
  readonly #client: KubernetesClient;
  readonly #aggregation: Aggregation;
  #written: { uid: string | undefined; status: NetworkTopologyStatus } | undefined;

  constructor(client: KubernetesClient, aggregation: Aggregation) {
    this.#client = client;
    this.#aggregation = aggregation;
  }

  /** `topology` as the API server has it. */
  async write(topology: NetworkTopology | undefined, overview: Overview, nowMs: number): Promise<void> {
    if (topology === undefined) return this.#create();
    const { uid, generation } = topology.metadata;
    const previous = this.#written?.uid === uid ? this.#written?.status : topology.status;
    const spec = this.#aggregation.spec;
    const status = topologyStatus({
      overview,
      nodes: this.#aggregation.nodes(),
      readyNodes: this.#aggregation.readyNodes(),
      tooLargePairs: this.#aggregation.tooLargePairs(),
      spec,
      generation,
      previous,
      nowMs,
    });
    if (!statusDiffers(previous, status, spec)) return;
    await this.#client.apply(`${COLLECTION}/${DEFAULT_TOPOLOGY}/status`, FIELD_MANAGER, { ...IDENTITY, status });
    this.#written = { uid, status };
  }

  async #create(): Promise<void> {
    try {
      await this.#client.create(COLLECTION, { ...IDENTITY, spec: networkTopologySpec.parse({}) });
    } catch (err) {
      // Somebody created it meanwhile, or it is there but not valid, which the watch has logged.
      if (!(err instanceof AppError && err.code === 'CONFLICT')) throw err;
    }
  }
}
