import { fileURLToPath } from 'node:url';
import type { LabContainer } from '#lab/pods/lab-pod.ts';

/** Images that the lab knows, and what they run. */
const ENTRYPOINTS: Record<string, readonly string[]> = {
  'localhost/netaware/synthetic-service': [
    process.execPath,
    fileURLToPath(import.meta.resolve('#lab/workload/synthetic-service.ts')),
  ],
};

/** The program and its arguments: `command`, else the image's own, then `args`. Undefined for an unknown image. */
export function containerCommand({ image, command, args }: LabContainer): string[] | undefined {
  const entrypoint = command.length > 0 ? command : ENTRYPOINTS[repositoryOf(image)];
  return entrypoint === undefined ? undefined : [...entrypoint, ...args];
}

/** The image without its tag or digest. A colon before a slash is a registry's port. */
function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/]*$/, '');
}
