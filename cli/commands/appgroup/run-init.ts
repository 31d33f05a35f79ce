import { basename, dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { checkGroupOptions } from '#cli/commands/appgroup/group-options.ts';
import type { InitOptions } from '#cli/commands/appgroup/init.ts';
import { printProposal } from '#cli/commands/appgroup/print-proposal.ts';
import { readManifestSources } from '#cli/manifest-sources.ts';
import { SCHEDULER_NAME } from '#core/api/names.ts';
import { type Draft, draftAppGroup } from '#core/appgroup/draft/draft.ts';
import { missingLabels, patchCommand, patchManifest, placedByOthers } from '#core/appgroup/draft/missing-labels.ts';
import { count } from '#core/appgroup/proposal.ts';
import { AppError } from '#core/errors.ts';

/** What `appgroup init` does. */
export async function init({ filename, recursive, patch, output, ...group }: InitOptions): Promise<void> {
  const manifests = await readManifestSources(filename, { recursive });
  const draft = draftAppGroup(manifests, {
    ...checkGroupOptions(group),
    fallbackName: fallbackName(filename[0] ?? '-'),
  });
  if (patch) {
    const patches = missingLabels(draft).map(patchManifest);
    if (patches.length === 0) throw new AppError('NOT_FOUND', 'nothing to patch: every pod template has its labels');
    process.stdout.write(patches.map((object) => stringify(object, { lineWidth: 0 })).join('---\n'));
    return;
  }
  printProposal(draft, output);
  if (draft.calls.length === 0) {
    process.stderr.write(
      'netaware: no call was found: nothing in the manifests names the Service of another workload\n',
    );
  }
  process.stderr.write(`${nextSteps(draft).join('\n')}\n`);
}

/** What a group is called when nothing in the manifests suggests a name: like the file or its folder. */
function fallbackName(source: string): string {
  if (source === '-') return '';
  const name = basename(resolve(source)).replace(/\.(ya?ml|json)$/, '');
  return /^(manifests?|deployments?|kubernetes|k8s|all)$/.test(name) ? basename(dirname(resolve(source))) : name;
}

function nextSteps(draft: Draft): string[] {
  const patches = missingLabels(draft);
  const others = placedByOthers(draft);
  return [
    ...(patches.length === 0
      ? ['every pod template has its labels']
      : [
          `${count(patches.length, 'pod template')} without labels of the group; these commands add them, and restart the pods:`,
          ...patches.map((patch) => `  ${patchCommand(patch)}`),
        ]),
    ...(others.length === 0
      ? []
      : [
          `netaware places pods whose template says schedulerName: ${SCHEDULER_NAME}; ${others.length} of ${draft.owners.size} do not`,
        ]),
  ];
}
