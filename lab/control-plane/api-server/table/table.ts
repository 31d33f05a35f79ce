import type { JsonObject, KubeObject } from '#lab/control-plane/api-server/kube-object.ts';
import { ageOf } from '#lab/control-plane/api-server/table/human-duration.ts';

/** A column of what `kubectl get` prints; it shows those of priority above 0 only with `-o wide`. */
export interface Column {
  name: string;
  type: string;
  description: string;
  priority: number;
  cell(object: KubeObject, now: Date): unknown;
}

/** What a row carries beside its cells. */
export type RowObject = 'None' | 'Metadata' | 'Object';

export const NAME: Column = {
  name: 'Name',
  type: 'string',
  description: 'Name must be unique within a namespace.',
  priority: 0,
  cell: ({ metadata }) => metadata.name,
};

export const AGE: Column = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  priority: 0,
  cell: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now),
};

/** A Table of meta.k8s.io/v1. */
export function toTable(
  objects: readonly KubeObject[],
  columns: readonly Column[],
  resourceVersion: string | undefined,
  options: { rowObject: RowObject; now: Date },
): JsonObject {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: resourceVersion === undefined ? {} : { resourceVersion },
    columnDefinitions: columns.map((column) => ({
      name: column.name,
      type: column.type,
      format: column.name === 'Name' ? 'name' : '',
      description: column.description,
      priority: column.priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, options.now)),
      ...rowObjectOf(object, options.rowObject),
    })),
  };
}

function rowObjectOf(object: KubeObject, kind: RowObject): JsonObject {
  if (kind === 'None') return {};
  if (kind === 'Object') return { object };
  return { object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata } };
}
