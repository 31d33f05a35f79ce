import type { NamespacedName } from '#aggregator/config.ts';
import { FIELD_MANAGER } from '#aggregator/field-manager.ts';
import { moved } from '#aggregator/publishing/moved.ts';
import { DIKTYO_TOPOLOGY_API, type DiktyoNetworkTopology, diktyoNetworkTopology } from '#core/api/diktyo.ts';
import { parseQuantity } from '#core/api/quantity.ts';
import { MEASURED_WEIGHTS, publishedCosts, publishedSpec } from '#core/diktyo/published-topology.ts';
import { AppError } from '#core/errors.ts';
import type { LinkMatrix } from '#core/topology/link-matrix.ts';
import { parseInput } from '#core/validation.ts';
import type { KubernetesClient } from '#runtime/kubernetes/client.ts';
import type { Logger } from '#runtime/logger.ts';

type Spec = DiktyoNetworkTopology['spec'];

/** So often the object is read: others may delete or change it, or install its definition. */
const READ_MS = 60_000;
/** A cost that differs by less moves no placement. */
const MOVED_COST = 2;

/** Keeps one NetworkTopology of scheduler-plugins' as the zones were measured, so that their plugins place by that. */
export class TheirTopologyWriter {
  readonly #client: KubernetesClient;
  readonly #target: NamespacedName;
  readonly #logger: Logger;
  #published: Spec | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  /** It cannot be written, and is not tried again before it was read anew. */
  #isBlocked = false;
  /** The last reason that was logged. */
  #told: string | undefined;

  constructor(client: KubernetesClient, target: NamespacedName, logger: Logger) {
    this.#client = client;
    this.#target = target;
    this.#logger = logger;
  }

  /** Throws where the API server is away. That it has no such resource, or does not let it be written, is logged once. */
  async write(matrix: LinkMatrix): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#readAtMs >= READ_MS) {
      this.#isBlocked = false;
      await this.#attempt(async () => {
        this.#published = await this.#read();
      });
      this.#readAtMs = nowMs;
    }
    if (this.#isBlocked) return;
    const spec = publishedSpec(publishedCosts(matrix));
    if (!differs(this.#published, spec)) return;
    await this.#attempt(async () => {
      const { namespace, name } = this.#target;
      const body = { apiVersion: DIKTYO_TOPOLOGY_API, kind: 'NetworkTopology', metadata: { namespace, name }, spec };
      await this.#client.apply(this.#path(), FIELD_MANAGER, body);
      this.#published = spec;
    });
  }

  #path(): string {
    const { namespace, name } = this.#target;
    return `/apis/${DIKTYO_TOPOLOGY_API}/namespaces/${namespace}/networktopologies/${name}`;
  }

  /** Undefined where there is none. Throws AppError INVALID_INPUT where it holds what others wrote. */
  async #read(): Promise<Spec | undefined> {
    let object: unknown;
    try {
      object = await this.#client.get(this.#path());
    } catch (err) {
      if (err instanceof AppError && err.code === 'NOT_FOUND') return undefined;
      throw err;
    }
    const { spec } = parseInput(diktyoNetworkTopology, object, this.#path());
    const others = spec.weights.map(({ name }) => name).filter((name) => name !== MEASURED_WEIGHTS);
    if (others.length === 0) return spec;
    throw new AppError('INVALID_INPUT', `it has weights of others (${others.join(', ')}): give it another name`);
  }

  async #attempt(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (err) {
      if (!(err instanceof AppError) || err.code === 'UNAVAILABLE') throw err;
      this.#isBlocked = true;
      if (this.#told === err.message) return;
      this.#told = err.message;
      this.#logger.warn({ path: this.#path(), err }, 'cannot publish costs, will look again every minute');
    }
  }
}

/** In what pairs there are, or in a cost or bandwidth so far that it matters. */
function differs(before: Spec | undefined, after: Spec): boolean {
  if (before === undefined) return true;
  const [was, is] = [valuesOf(before), valuesOf(after)];
  if (was.size !== is.size) return true;
  for (const [key, value] of is) {
    const old = was.get(key);
    if (old === undefined || Math.abs(old.networkCost - value.networkCost) >= MOVED_COST) return true;
    if (moved('bandwidthBitsPerSecond', old.bandwidth, value.bandwidth)) return true;
  }
  return false;
}

function valuesOf({ weights }: Spec): Map<string, { networkCost: number; bandwidth: number | undefined }> {
  const values = weights.flatMap(({ name, topologyList }) =>
    topologyList.flatMap(({ topologyKey, originList }) =>
      originList.flatMap(({ origin, costList }) =>
        costList.map(({ destination, networkCost, bandwidthCapacity }) => {
          const bandwidth = bandwidthCapacity === undefined ? undefined : parseQuantity(bandwidthCapacity);
          return [JSON.stringify([name, topologyKey, origin, destination]), { networkCost, bandwidth }] as const;
        }),
      ),
    ),
  );
  return new Map(values);
}
