import { applyConfiguration } from '#lab/control-plane/api-server/field-ownership/apply-configuration.ts';
import { unclearItem } from '#lab/control-plane/api-server/field-ownership/check-keys.ts';
import { type JsonObject, type KubeObject, without } from '#lab/control-plane/api-server/kube-object.ts';
import { apiVersionOf, type ResourceType } from '#lab/control-plane/api-server/resource-type.ts';
import { badRequest, invalid, StatusError } from '#lab/control-plane/api-server/status-error.ts';
import { prepareCreate, storeNew } from '#lab/control-plane/api-server/writes/create.ts';
import { withIdentity } from '#lab/control-plane/api-server/writes/identity.ts';
import {
  checkVersion,
  type Subresource,
  splitStatus,
  storeChanged,
  withServerFields,
} from '#lab/control-plane/api-server/writes/update.ts';
import type { WriteContext } from '#lab/control-plane/api-server/writes/write-context.ts';

export interface ApplyRequest {
  key: { namespace: string | undefined; name: string };
  body: unknown;
  subresource: Subresource;
  force: boolean;
}

/** Server-side apply: creates the object or takes over the fields given. Throws StatusError 400, 409, 422. */
export function applyObject(
  context: WriteContext,
  type: ResourceType,
  current: KubeObject | undefined,
  request: ApplyRequest,
): KubeObject {
  const { key, subresource, force } = request;
  const applied = toApplied(context, type, request);
  const problem = type.custom ? unclearItem(applied, type.listShape) : undefined;
  if (problem !== undefined) throw notTyped(type, key, problem);
  const owner = {
    manager: context.fieldManager,
    operation: 'Apply' as const,
    apiVersion: apiVersionOf(type),
    ...(subresource === undefined ? {} : { subresource }),
  };
  const options = { owner, force, listShape: type.listShape, now: context.now };
  if (current === undefined) {
    const created = prepareCreate(context, type, key.namespace, without(applied, 'status'));
    const metadata = without(created.metadata, 'labels', 'annotations', 'finalizers', 'ownerReferences');
    const bare = { apiVersion: created.apiVersion, kind: created.kind, metadata };
    return storeNew(context, type, applyConfiguration(bare, created, options));
  }
  checkVersion(type, current, applied.metadata as KubeObject['metadata']);
  const next = applyConfiguration(current, applied, options);
  const { managedFields } = next.metadata;
  const split = withServerFields(splitStatus(type, current, next, subresource), current);
  const admitted = type.admitUpdate(split, current, context.validation);
  return storeChanged(context, type, current, {
    ...admitted,
    metadata: { ...admitted.metadata, managedFields },
  } as KubeObject);
}

/** The body as an object, reduced to the part that the subresource covers. */
function toApplied(context: WriteContext, type: ResourceType, { key, body, subresource }: ApplyRequest): JsonObject {
  if (context.fieldManager === '') {
    const message = 'Required value: is required for apply patch';
    const options = { group: 'meta.k8s.io', kind: 'PatchOptions' };
    throw invalid(options, '', [{ reason: 'FieldValueRequired', field: 'fieldManager', message }]);
  }
  const { metadata, ...fields } = withIdentity(body, type, key.namespace);
  if (metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  if (metadata.name !== undefined && metadata.name !== key.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${key.name})`);
  }
  const named = { ...fields, metadata: { ...metadata, name: key.name } };
  if (!type.hasStatus) return named;
  if (subresource === undefined) return without(named, 'status');
  const { apiVersion, kind, status } = fields;
  return { apiVersion, kind, metadata: { name: key.name }, ...(status === undefined ? {} : { status }) };
}

/** kube-apiserver takes it for an error of its own. */
function notTyped(type: ResourceType, { namespace = '', name }: ApplyRequest['key'], problem: string): StatusError {
  const object = `${namespace}/${name}; ${apiVersionOf(type)}, Kind=${type.kind}`;
  return new StatusError(500, '', `failed to create typed patch object (${object}): ${problem}`);
}
