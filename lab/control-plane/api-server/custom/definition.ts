import { z } from 'zod';
import type { Schema } from '#lab/control-plane/api-server/custom/schema.ts';
import { isObject } from '#lab/control-plane/api-server/kube-object.ts';

const schema = z.custom<Schema>(isObject, 'not an object');

export const printerColumn = z.looseObject({
  name: z.string().min(1),
  type: z.string().min(1),
  jsonPath: z.string().min(1),
  description: z.string().optional(),
  format: z.string().optional(),
  priority: z.int().optional(),
});

/** The parts of a CustomResourceDefinition (apiextensions.k8s.io/v1) that the server follows. */
export const customResourceDefinition = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    group: z.string().min(1),
    scope: z.enum(['Cluster', 'Namespaced']),
    names: z.looseObject({
      kind: z.string().min(1),
      listKind: z.string().optional(),
      plural: z.string().min(1),
      singular: z.string().optional(),
      shortNames: z.array(z.string()).optional(),
      categories: z.array(z.string()).optional(),
    }),
    versions: z
      .array(
        z.looseObject({
          name: z.string().min(1),
          served: z.boolean(),
          storage: z.boolean(),
          subresources: z.looseObject({ status: z.looseObject({}).optional() }).optional(),
          additionalPrinterColumns: z.array(printerColumn).optional(),
          schema: z.looseObject({ openAPIV3Schema: schema.optional() }).optional(),
        }),
      )
      .min(1),
  }),
});
export type CustomResourceDefinition = z.infer<typeof customResourceDefinition>;
