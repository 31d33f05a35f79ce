import type { ServerResponse } from 'node:http';
import { acceptedForm } from '#lab/control-plane/api-server/http/accepted-form.ts';
import type { ResourceRequest } from '#lab/control-plane/api-server/http/resource-request.ts';
import { sendJson, sendText } from '#lab/control-plane/api-server/http/responses.ts';
import type { KubeObject } from '#lab/control-plane/api-server/kube-object.ts';
import { apiVersionOf } from '#lab/control-plane/api-server/resource-type.ts';
import { toTable } from '#lab/control-plane/api-server/table/table.ts';

/** JSON of stored objects: they never change, and every watch and list sends the same text. */
const encoded = new WeakMap<KubeObject, string>();

/** Answers with one object, in the form that the client accepts. */
export function sendObject(call: ResourceRequest, code: number, object: KubeObject, warnings: string[] = []): void {
  const { query, request, response } = call;
  const form = acceptedForm(request, query);
  if (form.kind === 'objects') {
    sendText(response, code, 'application/json', encodeObject(object), warnings);
    return;
  }
  const options = { rowObject: form.rowObject, now: new Date() };
  sendJson(response, code, toTable([object], call.type.columns, object.metadata.resourceVersion, options), warnings);
}

export function sendObjects(call: ResourceRequest, objects: KubeObject[]): void {
  const { type, store, query, request, response } = call;
  const form = acceptedForm(request, query);
  const resourceVersion = String(store.revision);
  if (form.kind === 'objects') {
    sendList(
      response,
      { kind: `${type.kind}List`, apiVersion: apiVersionOf(type), metadata: { resourceVersion } },
      objects,
    );
    return;
  }
  const options = { rowObject: form.rowObject, now: new Date() };
  sendJson(response, 200, toTable(objects, type.columns, resourceVersion, options));
}

/** How a watch writes objects; only the first table describes its columns. */
export function watchEncoder({ type, query, request }: ResourceRequest): (object: KubeObject) => string {
  const form = acceptedForm(request, query);
  if (form.kind === 'objects') return encodeObject;
  let described = false;
  return (object) => {
    const options = { rowObject: form.rowObject, now: new Date() };
    const table = toTable([object], type.columns, object.metadata.resourceVersion, options);
    const shown = described ? { ...table, columnDefinitions: null } : table;
    described = true;
    return JSON.stringify(shown);
  };
}

function sendList(response: ServerResponse, head: object, objects: KubeObject[]): void {
  const items = objects.map(encodeObject).join(',');
  sendText(response, 200, 'application/json', `${JSON.stringify(head).slice(0, -1)},"items":[${items}]}`);
}

function encodeObject(object: KubeObject): string {
  const known = encoded.get(object);
  if (known !== undefined) return known;
  const text = JSON.stringify(object);
  encoded.set(object, text);
  return text;
}
