import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { toCustomResourceDefinition } from '#core/api/custom-resource-definition.ts';
import { CUSTOM_RESOURCES, definitionName } from '#core/api/custom-resources.ts';

// Writes crds/*.yaml from the zod schemas (npm run generate). A test fails where the files differ.

/** File name in this folder -> content. */
export function generatedFiles(): Map<string, string> {
  return new Map(
    CUSTOM_RESOURCES.map((resource) => [
      `${definitionName(resource)}.yaml`,
      `# Made from core/api by "npm run generate"; edit the schemas there.\n${stringify(toCustomResourceDefinition(resource), { lineWidth: 0 })}`,
    ]),
  );
}

if (import.meta.main) {
  for (const [name, content] of generatedFiles()) writeFileSync(new URL(name, import.meta.url), content);
}
