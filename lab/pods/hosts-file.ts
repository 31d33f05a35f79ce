import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { WORKLOAD_LABEL } from '#core/api/names.ts';
import { AppError } from '#core/errors.ts';
import type { LabPod } from '#lab/pods/lab-pod.ts';

/** A host's /etc/hosts: each running pod of the lab as `workload.namespace`, or by its own name without a workload. */
export function hostsFileContent(pods: readonly LabPod[]): string {
  const entries = pods.filter(isReachable).map(({ metadata, status }) => {
    const name = metadata.labels?.[WORKLOAD_LABEL] ?? metadata.name;
    return `${status?.podIP} ${name}.${metadata.namespace}`;
  });
  return `${['127.0.0.1 localhost', ...entries.sort()].join('\n')}\n`;
}

/** Calls write the file where the content is a new one. */
export function createHostsFile(file: string): { update(pods: readonly LabPod[]): void } {
  let written: string | undefined;
  return {
    update(pods) {
      const content = hostsFileContent(pods);
      if (content === written) return;
      overwrite(file, content);
      written = content;
    },
  };
}

function isReachable({ metadata, status }: LabPod): boolean {
  return status?.phase === 'Running' && status.podIP !== undefined && metadata.deletionTimestamp == null;
}

/** In place, as the file is bind-mounted, and never empty in between. */
function overwrite(file: string, content: string): void {
  try {
    const descriptor = openSync(file, 'r+');
    try {
      ftruncateSync(descriptor, writeSync(descriptor, content, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw new AppError('FAILED', `hosts file ${file}: ${(cause as Error).message}`, { cause });
  }
}
