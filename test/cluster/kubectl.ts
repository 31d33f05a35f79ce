import { execa } from 'execa';
import type { Cluster } from '#test/cluster/cluster.ts';
import { type Manifest, manifestPath } from '#test/manifests/kustomize.ts';

export interface Kubectl {
  /** Runs kubectl as an administrator; returns its stdout. Throws with what it wrote where it fails or warns of anything. */
  (args: readonly string[], input?: string): Promise<string>;
  /** Expects it to fail, and returns what it wrote to stderr. */
  refusal(args: readonly string[], input?: string): Promise<string>;
  /** `kubectl apply -k` of a folder; returns the objects as the API server has them then. */
  applyFolder(path: string, ...flags: string[]): Promise<Manifest[]>;
}

/** kubectl may take its time on a busy machine. */
const TIMEOUT_MS = 120_000;

export function createKubectl({ controlPlane, folder }: Cluster): Kubectl {
  // HOME too is the test's own: kubectl keeps a cache of discovery there.
  const env = { KUBECONFIG: controlPlane.kubeconfig, HOME: folder };
  const run = (args: readonly string[], input: string) =>
    execa('kubectl', args, { env, input, reject: false, timeout: TIMEOUT_MS });

  async function kubectl(args: readonly string[], input = ''): Promise<string> {
    const { exitCode, stdout, stderr } = await run(args, input);
    if (exitCode !== 0 || stderr !== '') throw new Error(`kubectl ${args.join(' ')}: ${stderr}\n${stdout}`);
    return stdout;
  }

  return Object.assign(kubectl, {
    refusal: async (args: readonly string[], input = '') => {
      const { exitCode, stdout, stderr } = await run(args, input);
      if (exitCode === 0) throw new Error(`kubectl ${args.join(' ')} did not fail: ${stdout}`);
      return stderr;
    },
    applyFolder: async (path: string, ...flags: string[]) => {
      const answer = await kubectl(['apply', '-k', path, '-o', 'json', ...flags]);
      return (JSON.parse(answer) as { items: Manifest[] }).items;
    },
  });
}

/** All that a folder of manifests/ installs. */
export function applyManifests(kubectl: Kubectl, folder: string): Promise<Manifest[]> {
  return kubectl.applyFolder(manifestPath(folder));
}
