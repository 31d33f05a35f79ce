import { collectionName } from '#lab/control-plane/api-server/resource-type.ts';
import { EVENTS } from '#lab/control-plane/api-server/resources/built-in-types.ts';
import type { ObjectStore } from '#lab/control-plane/api-server/store/object-store.ts';

/** As long as kube-apiserver keeps events. */
const TIME_TO_LIVE_MS = 3_600_000;

/** Removes the events that nobody changed for an hour. */
export function expireEvents(store: ObjectStore, now: Date): void {
  for (const event of store.list(collectionName(EVENTS))) {
    const { lastTimestamp, metadata } = event;
    const time = Date.parse(String(lastTimestamp ?? metadata.creationTimestamp));
    if (!(time >= now.getTime() - TIME_TO_LIVE_MS)) store.remove(collectionName(EVENTS), event);
  }
}
