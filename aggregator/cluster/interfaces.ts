import { CLOCK_TOLERANCE_MS } from '#aggregator/reports/plausibility.ts';
import type { InterfaceReading } from '#core/api/agent.ts';
import type { InterfaceRoom, NetworkTopologySlice } from '#core/api/network-topology-slice.ts';

/** A reading that came this late says nothing of the present. */
const OLDEST_MS = 300_000;
/** What is left moved when it did by this share of the speed. */
const MOVED_SHARE = 0.1;

/** What the interfaces of nodes had left when their agents last read them. */
export class NodeInterfaces {
  readonly #rooms = new Map<string, InterfaceRoom>();

  /** True where the reading is taken: it is newer than the one before it, and neither too old nor of the future. */
  take(node: string, reading: InterfaceReading, nowMs: number): boolean {
    const atMs = Date.parse(reading.measuredAt);
    const before = this.#rooms.get(node);
    const latestMs = nowMs + CLOCK_TOLERANCE_MS;
    if (atMs < nowMs - OLDEST_MS || atMs > latestMs) return false;
    const beforeMs = before === undefined ? Number.NEGATIVE_INFINITY : Date.parse(before.measuredAt);
    // One of the future is of a clock that was set back since.
    if (beforeMs >= atMs && beforeMs <= latestMs) return false;
    this.#rooms.set(node, roomOf(reading));
    return true;
  }

  /** As an earlier process published it. */
  seed({ origin, interface: room }: NetworkTopologySlice): void {
    if (room !== undefined) this.#rooms.set(origin, room);
  }

  of(node: string): InterfaceRoom | undefined {
    return this.#rooms.get(node);
  }

  retain(isKnown: (node: string) => boolean): void {
    for (const node of this.#rooms.keys()) if (!isKnown(node)) this.#rooms.delete(node);
  }
}

/** True where readers have to hear of the change; that it is unchanged they are told with the rest of the slice. */
export function roomMoved(before: InterfaceRoom | undefined, after: InterfaceRoom | undefined): boolean {
  if (before === undefined || after === undefined) return before !== after;
  if (before.speedBitsPerSecond !== after.speedBitsPerSecond) return true;
  const margin = MOVED_SHARE * after.speedBitsPerSecond;
  return (
    Math.abs(after.freeToSendBitsPerSecond - before.freeToSendBitsPerSecond) > margin ||
    Math.abs(after.freeToReceiveBitsPerSecond - before.freeToReceiveBitsPerSecond) > margin
  );
}

function roomOf(reading: InterfaceReading): InterfaceRoom {
  const { speedBitsPerSecond, sentBitsPerSecond, receivedBitsPerSecond, measuredAt } = reading;
  return {
    speedBitsPerSecond,
    freeToSendBitsPerSecond: Math.max(0, speedBitsPerSecond - sentBitsPerSecond),
    freeToReceiveBitsPerSecond: Math.max(0, speedBitsPerSecond - receivedBitsPerSecond),
    measuredAt,
  };
}
