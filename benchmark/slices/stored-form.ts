import { FIELD_MANAGER } from '#aggregator/field-manager.ts';
import { API_VERSION } from '#core/api/names.ts';

/** An object with links, as it is sent: a slice, or one of the alternatives to it. */
export interface SentObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; ownerReferences?: unknown };
  /** A link of an object that has more than one origin says which, and both are its key. */
  links: readonly { origin?: string | undefined; destination: string }[];
}

interface Identity {
  uid: string;
  resourceVersion: string;
}

const TIME = '2026-01-01T12:00:00Z';

/**
 * The object as the API server stores it: with an identity, and with managedFields, in which each item of the list of links has
 * an entry of its own. Times and numbers are as long as real ones; test/contract compares it with what API servers store.
 */
export function asStored({ metadata, ...fields }: SentObject, { uid, resourceVersion }: Identity): object {
  const { apiVersion, kind, ...content } = fields;
  const owned = Object.keys(content).map((field) => [`f:${field}`, field === 'links' ? ownedLinks(fields.links) : {}]);
  const owners = metadata.ownerReferences as { uid: string }[] | undefined;
  const ownedMetadata = owners && {
    'f:metadata': { 'f:ownerReferences': Object.fromEntries(owners.map((owner) => [keyOf({ uid: owner.uid }), {}])) },
  };
  const managed = {
    manager: FIELD_MANAGER,
    operation: 'Apply',
    apiVersion: API_VERSION,
    time: TIME,
    fieldsType: 'FieldsV1',
    fieldsV1: { ...ownedMetadata, ...Object.fromEntries(owned) },
  };
  const stored = {
    ...metadata,
    uid,
    resourceVersion,
    generation: 1,
    creationTimestamp: TIME,
    managedFields: [managed],
  };
  return { apiVersion, kind, metadata: stored, ...content };
}

function ownedLinks(links: SentObject['links']): Record<string, object> {
  return Object.fromEntries(
    links.map(({ origin, destination }) => [keyOf({ destination, ...(origin && { origin }) }), {}]),
  );
}

function keyOf(key: Record<string, string>): string {
  return `k:${JSON.stringify(key)}`;
}
