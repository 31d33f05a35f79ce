import { randomInt, randomUUID } from 'node:crypto';
import { type KubeObject, timestamp, without } from '#lab/control-plane/api-server/kube-object.ts';
import { collectionName, type ResourceType } from '#lab/control-plane/api-server/resource-type.ts';
import { NAMESPACES } from '#lab/control-plane/api-server/resources/built-in-types.ts';
import { alreadyExists, badRequest, invalid, notFound } from '#lab/control-plane/api-server/status-error.ts';
import { checkName, withIdentity } from '#lab/control-plane/api-server/writes/identity.ts';
import type { WriteContext } from '#lab/control-plane/api-server/writes/write-context.ts';

/** Throws StatusError 400, 404 (namespace), 409 or 422. */
export function createObject(
  context: WriteContext,
  type: ResourceType,
  namespace: string | undefined,
  body: unknown,
): KubeObject {
  const object = prepareCreate(context, type, namespace, body);
  return storeNew(context, type, object);
}

/** The object as it would be stored, with the fields that the server sets, but not yet admitted. */
export function prepareCreate(
  { store, now }: WriteContext,
  type: ResourceType,
  namespace: string | undefined,
  body: unknown,
): KubeObject {
  const object = withIdentity(body, type, namespace);
  requireNamespace(store, namespace);
  if (object.metadata.resourceVersion !== undefined) {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  const isTaken = (candidate: string) => store.get(collectionName(type), namespace, candidate) !== undefined;
  const name = object.metadata.name || generateName(object, isTaken);
  if (name === undefined) {
    const message = 'Required value: name or generateName is required';
    throw invalid(type, '', [{ reason: 'FieldValueRequired', field: 'metadata.name', message }]);
  }
  checkName(name, type);
  const metadata = {
    ...without(object.metadata, 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'selfLink'),
    name,
    uid: randomUUID(),
    creationTimestamp: timestamp(now),
    ...(type.hasGeneration ? { generation: 1 } : {}),
  };
  return { ...object, metadata };
}

/** Admits and stores an object that `prepareCreate` made. */
export function storeNew(
  { store, dryRun, validation }: WriteContext,
  type: ResourceType,
  object: KubeObject,
): KubeObject {
  const admitted = type.admitCreate(object, validation);
  const { name, namespace } = admitted.metadata;
  if (store.get(collectionName(type), namespace, name) !== undefined) throw alreadyExists(type, name);
  return dryRun ? admitted : store.put(collectionName(type), admitted);
}

function requireNamespace(store: WriteContext['store'], namespace: string | undefined): void {
  if (namespace !== undefined && store.get(collectionName(NAMESPACES), undefined, namespace) === undefined) {
    throw notFound(NAMESPACES, namespace);
  }
}

/** Without vowels and look-alikes, as Kubernetes draws them. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** As often as kube-apiserver tries: of a thousand names out of 27^5, two are the same once in thirty times. */
const GENERATE_ATTEMPTS = 8;

function generateName({ metadata }: KubeObject, isTaken: (name: string) => boolean): string | undefined {
  if (typeof metadata.generateName !== 'string' || metadata.generateName === '') return undefined;
  let name = '';
  for (let attempt = 0; attempt < GENERATE_ATTEMPTS; attempt += 1) {
    const suffix = Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
    name = `${metadata.generateName}${suffix}`;
    if (!isTaken(name)) break;
  }
  return name;
}
