import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { PRESETS } from '#benchmark/presets/presets.ts';
import { exampleApp } from './example-app.ts';

// Writes manifests/examples from the presets (npm run generate). A test fails where the files differ.

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** Path in this folder -> content. */
export function generatedFiles(): Map<string, string> {
  const files = PRESETS.flatMap((graph) =>
    Object.entries(exampleApp(graph, version)).map(
      ([name, documents]) => [`${graph.name}/${name}`, toYaml(documents)] as const,
    ),
  );
  return new Map(files);
}

function toYaml(documents: readonly object[]): string {
  const texts = documents.map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }));
  return `# Made from benchmark/presets by "npm run generate".\n${texts.join('---\n')}`;
}

if (import.meta.main) {
  for (const [path, content] of generatedFiles()) {
    const file = new URL(path, import.meta.url);
    mkdirSync(new URL('.', file), { recursive: true });
    writeFileSync(file, content);
  }
}
