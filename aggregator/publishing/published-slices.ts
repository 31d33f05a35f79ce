import type { MeasuredLink, NetworkTopologySlice } from '#core/api/network-topology-slice.ts';
import { createSliceReader, linkAt } from '#core/topology/slice-readings.ts';

type Head = Omit<NetworkTopologySlice, 'links'>;

interface Published {
  head: Head;
  /** Sorted, as the slice's links are. */
  destinations: readonly string[];
  values: Float64Array;
}

/**
 * What the API server holds, by origin, as far as this process wrote or read it: links as numbers, because 160,000 of them are
 * 15 MB like this and 35 MB as objects.
 */
export class PublishedSlices {
  readonly #slices = new Map<string, Published>();
  readonly #read = createSliceReader();

  set(slice: NetworkTopologySlice): void {
    const { links: _, ...head } = slice;
    const { destinations, values } = this.#read(slice);
    this.#slices.set(slice.metadata.name, { head, destinations, values });
  }

  delete(origin: string): void {
    this.#slices.delete(origin);
  }

  /** All but its links. */
  head(origin: string): Head | undefined {
    return this.#slices.get(origin)?.head;
  }

  link(origin: string, destination: string): MeasuredLink | undefined {
    const slice = this.#slices.get(origin);
    const position = slice === undefined ? -1 : find(slice.destinations, destination);
    return position === -1 ? undefined : linkAt(slice as Published, position);
  }

  /** Made anew; its times are in UTC with milliseconds, however they were written. */
  get(origin: string): NetworkTopologySlice | undefined {
    const slice = this.#slices.get(origin);
    return slice && { ...slice.head, links: slice.destinations.map((_, position) => linkAt(slice, position)) };
  }
}

/** Position in a sorted list; -1 where it is not there. */
function find(destinations: readonly string[], destination: string): number {
  let [from, to] = [0, destinations.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((destinations[middle] as string) < destination) from = middle + 1;
    else to = middle;
  }
  return destinations[from] === destination ? from : -1;
}
