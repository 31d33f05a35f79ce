import { z } from 'zod';

// Kubernetes wants to know of every list how it is merged when several clients own parts of it (server-side apply).

/** A list that is replaced as a whole. */
export function atomicList<Item extends z.ZodType>(item: Item, maxItems: number): z.ZodArray<Item> {
  return z.array(item).max(maxItems).meta({ 'x-kubernetes-list-type': 'atomic' });
}

/** A list whose items are told apart by the value of `keys`: no two may have the same, and each may have its own owner. */
export function listMap<Item extends z.ZodType<object>>(
  item: Item,
  keys: readonly (keyof z.output<Item> & string)[],
  maxItems: number,
): z.ZodArray<Item> {
  const sorted = keys.toSorted();
  const [only] = sorted;
  const describe = (value: z.output<Item>) =>
    JSON.stringify(Object.fromEntries(sorted.map((key) => [key, value[key]])));
  // Slices come by the thousand, each a list of many items: where there is one key no text is made of it.
  const keyOf = only !== undefined && sorted.length === 1 ? (value: z.output<Item>) => value[only] : describe;
  return z
    .array(item)
    .max(maxItems)
    .superRefine((items, context) => {
      const seen = new Set<unknown>();
      for (let index = 0; index < items.length; index++) {
        const value = items[index] as z.output<Item>;
        const key = keyOf(value);
        if (seen.has(key)) {
          context.addIssue({ code: 'custom', path: [index], message: `Duplicate value: ${describe(value)}` });
        }
        seen.add(key);
      }
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys });
}

/**
 * An object, as the item of a list map, that is written as a whole: its fields never have different owners. That keeps
 * objects small: a slice of 32 links carries 1.4 kB of ownership with it instead of 7.7 kB.
 */
export function writtenAsWhole<Schema extends z.ZodObject>(schema: Schema): Schema {
  return schema.meta({ 'x-kubernetes-map-type': 'atomic' });
}
