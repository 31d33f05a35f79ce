import { stringify } from 'yaml';
import type { ProposalFormat } from '#cli/commands/appgroup/group-options.ts';
import { appGroup } from '#core/api/app-group.ts';
import { appGroupManifest, describeProposal, type Proposal } from '#core/appgroup/proposal.ts';
import { parseKnownFields } from '#core/validation.ts';

/**
 * The AppGroup on stdout, fit for `kubectl apply -f -`, and on stderr what it was made from and what was assumed; YAML has
 * that in comments, too. Throws AppError INVALID_INPUT where it would not be a valid AppGroup.
 */
export function printProposal(proposal: Proposal, format: ProposalFormat): void {
  const manifest = appGroupManifest(proposal);
  parseKnownFields(appGroup, manifest, `AppGroup ${proposal.name}`);
  const lines = describeProposal(proposal).map((line) => line.replace(/[\p{Cc}\u2028\u2029]/gu, ' '));
  process.stderr.write(`${lines.join('\n')}\n`);
  const comment = lines.map((line) => `# ${line}`).join('\n');
  process.stdout.write(
    format === 'json'
      ? `${JSON.stringify(manifest, null, 2)}\n`
      : `${comment}\n${stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false })}`,
  );
}
