import type { z } from 'zod';
import type { printerColumn } from '#lab/control-plane/api-server/custom/definition.ts';
import { humanDuration } from '#lab/control-plane/api-server/table/human-duration.ts';
import { firstAtJsonPath } from '#lab/control-plane/api-server/table/json-path.ts';
import { AGE, type Column, NAME } from '#lab/control-plane/api-server/table/table.ts';

/** Name, then the printer columns of a CustomResourceDefinition; the age where it has none. */
export function customColumns(printerColumns: readonly z.infer<typeof printerColumn>[]): Column[] {
  if (printerColumns.length === 0) return [NAME, AGE];
  return [NAME, ...printerColumns.map(toColumn)];
}

function toColumn({ name, type, jsonPath, description, priority }: z.infer<typeof printerColumn>): Column {
  return {
    name,
    type,
    description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
    cell: (object, now) => {
      const value = firstAtJsonPath(object, jsonPath);
      if (type === 'date' && typeof value === 'string') return humanDuration(now.getTime() - Date.parse(value));
      if (value === undefined) return null;
      return typeof value === 'object' ? JSON.stringify(value) : value;
    },
  };
}
