import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { toCustomResourceDefinition } from '#core/api/custom-resource-definition.ts';
import { CUSTOM_RESOURCES, definitionName } from '#core/api/custom-resources.ts';

// Writes crds/*.yaml, and a kustomization that installs them, from the zod schemas (npm run generate). A test fails where the files differ.

/** File name in this folder -> content. */
export function generatedFiles(): Map<string, string> {
  const definitions = CUSTOM_RESOURCES.map((resource): [string, string] => [
    `${definitionName(resource)}.yaml`,
    toYaml(toCustomResourceDefinition(resource)),
  ]);
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: definitions.map(([name]) => name),
  };
  return new Map([...definitions, ['kustomization.yaml', toYaml(kustomization)]]);
}

function toYaml(value: object): string {
  return `# Made from core/api by "npm run generate"; edit the schemas there.\n${stringify(value, { lineWidth: 0 })}`;
}

if (import.meta.main) {
  for (const [name, content] of generatedFiles()) writeFileSync(new URL(name, import.meta.url), content);
}
