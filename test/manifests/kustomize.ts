import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const MANIFESTS = new URL('../../manifests/', import.meta.url);

/** kubectl may take its time on a busy machine. */
export const BUILD_DEADLINE_MS = 120_000;

export const OVERLAYS = ['.', 'overlays/dev', 'overlays/production', 'overlays/production-cert-manager'] as const;
export const EXAMPLES = readdirSync(new URL('examples/', MANIFESTS), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `examples/${name}`);

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
});
export type Manifest = z.infer<typeof manifest>;

/** What `kubectl apply -k` of the folder (in manifests/, or an absolute path) would apply. Throws where kubectl cannot build it, or warns of anything. */
export async function build(folder: string): Promise<Manifest[]> {
  const { stdout, stderr } = await promisify(execFile)(
    'kubectl',
    ['kustomize', isAbsolute(folder) ? folder : manifestPath(folder)],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (stderr !== '') throw new Error(`${folder}: ${stderr}`);
  return parseAllDocuments(stdout).map((document) => manifest.parse(document.toJS()));
}

/** The same of an overlay (in manifests/) with one of its components. */
export async function buildWith(component: string, overlay: string): Promise<Manifest[]> {
  const folder = mkdtempSync(join(tmpdir(), 'netaware-component-'));
  try {
    symlinkSync(manifestPath('.'), join(folder, 'manifests'));
    const kustomization = { resources: [`manifests/${overlay}`], components: [`manifests/components/${component}`] };
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    return await build(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function manifestPath(path: string): string {
  return fileURLToPath(new URL(path, MANIFESTS));
}
