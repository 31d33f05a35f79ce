import { stringify } from 'yaml';
import type { ImportOptions } from '#cli/commands/appgroup/import.ts';
import { readManifestSources } from '#cli/manifest-sources.ts';
import {
  DIKTYO_APP_GROUP_API,
  DIKTYO_GROUP_LABEL,
  DIKTYO_SELECTOR_LABEL,
  DIKTYO_TOPOLOGY_API,
  diktyoAppGroup,
  diktyoNetworkTopology,
} from '#core/api/diktyo.ts';
import { SCHEDULER_NAME } from '#core/api/names.ts';
import { type PodOwner, readApplication } from '#core/appgroup/draft/application.ts';
import { type LabelPatch, missingLabels, patchCommand, patchManifest } from '#core/appgroup/draft/missing-labels.ts';
import { count } from '#core/appgroup/proposal.ts';
import { type Imported, type ImportedGroup, importAppGroup, importTopology } from '#core/diktyo/import.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';
import type { Manifest } from '#runtime/manifest-file.ts';

/** What `appgroup import` does. */
export async function importTheirs({ filename, recursive, patch, output, ...choice }: ImportOptions): Promise<void> {
  const manifests = await readManifestSources(filename, { recursive });
  const groups = ofKind(manifests, DIKTYO_APP_GROUP_API, 'AppGroup').map(({ value, source }) =>
    importAppGroup(parseInput(diktyoAppGroup, value, source)),
  );
  const topologies = ofKind(manifests, DIKTYO_TOPOLOGY_API, 'NetworkTopology').map(({ value, source }) =>
    parseInput(diktyoNetworkTopology, value, source),
  );
  const topology = importTopology(topologies, choice);
  const imported: Imported[] = topology === undefined ? groups : [...groups, topology];
  if (imported.length === 0) {
    const wanted = `no AppGroup of ${DIKTYO_APP_GROUP_API} and no NetworkTopology of ${DIKTYO_TOPOLOGY_API}`;
    throw new AppError('NOT_FOUND', `${filename.join(', ')}: ${wanted}`);
  }
  const { owners } = readApplication(manifests);
  const patches = groups.flatMap((group) => patchesFor(group, owners));
  if (patch) {
    if (patches.length === 0) throw new AppError('NOT_FOUND', 'nothing to patch: no pod template lacks a label');
    process.stdout.write(patches.map((each) => stringify(patchManifest(each), { lineWidth: 0 })).join('---\n'));
    return;
  }
  print(imported, output);
  process.stderr.write(`${nextSteps(patches, owners).join('\n')}\n`);
}

function ofKind(manifests: readonly Manifest[], apiVersion: string, kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.apiVersion === apiVersion && manifest.kind === kind);
}

/** For the templates that have their labels and not ours. */
function patchesFor({ name, namespace, workloads }: ImportedGroup, owners: readonly PodOwner[]): LabelPatch[] {
  const members = owners.flatMap((owner): [PodOwner, string][] => {
    const { labels } = owner.template.metadata;
    const workload = workloads.get(labels[DIKTYO_SELECTOR_LABEL] ?? '');
    // What names no namespace goes wherever it is applied.
    const mayMeet = namespace === '' || owner.namespace === '' || owner.namespace === namespace;
    return mayMeet && labels[DIKTYO_GROUP_LABEL] === name && workload !== undefined ? [[owner, workload]] : [];
  });
  return missingLabels({ name, owners: new Map(members) });
}

function print(imported: readonly Imported[], output: ImportOptions['output']): void {
  const commented = imported.map(({ manifest, lines }) => ({
    manifest,
    lines: lines.map((line) => line.replace(/[\p{Cc}\u2028\u2029]/gu, ' ')),
  }));
  process.stderr.write(`${commented.flatMap(({ lines }) => lines).join('\n')}\n`);
  if (output === 'json') {
    const items = imported.map(({ manifest }) => manifest);
    const whole = items.length === 1 ? items[0] : { apiVersion: 'v1', kind: 'List', items };
    process.stdout.write(`${JSON.stringify(whole, null, 2)}\n`);
    return;
  }
  const documents = commented.map(({ manifest, lines }) => {
    const comment = lines.map((line) => `# ${line}\n`).join('');
    return comment + stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false });
  });
  process.stdout.write(documents.join('---\n'));
}

function nextSteps(patches: readonly LabelPatch[], owners: readonly PodOwner[]): string[] {
  const others = owners.filter(({ template }) => template.spec.schedulerName !== SCHEDULER_NAME).length;
  return [
    `pods may keep the labels ${DIKTYO_GROUP_LABEL} and ${DIKTYO_SELECTOR_LABEL}: netaware reads them too`,
    ...(patches.length === 0
      ? []
      : [
          `${count(patches.length, 'pod template')} without netaware's own; these commands add them, and restart the pods:`,
          ...patches.map((patch) => `  ${patchCommand(patch)}`),
        ]),
    `netaware places pods whose template says schedulerName: ${SCHEDULER_NAME}${
      owners.length === 0 ? '' : `; ${others} of ${owners.length} do not`
    }`,
  ];
}
