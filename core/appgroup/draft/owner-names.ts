import { WORKLOAD_LABEL } from '#core/api/names.ts';
import { describeOwner, type PodOwner, workloadNameOf } from '#core/appgroup/draft/application.ts';
import { compareNames, fittingName } from '#core/appgroup/proposal.ts';

/** What an AppGroup calls each owner's pods. Owners whose pods are labelled alike are one workload. */
export function nameOwners(owners: readonly PodOwner[]): { names: Map<PodOwner, string>; assumptions: string[] } {
  const names = new Map<PodOwner, string>();
  const assumptions: string[] = [];
  const isLabelled = ({ template }: PodOwner) => template.metadata.labels[WORKLOAD_LABEL] !== undefined;
  // Labels were chosen by somebody: other names make room for them.
  const inOrder = owners.toSorted(
    (a, b) => Number(isLabelled(b)) - Number(isLabelled(a)) || compareNames(a.kind + a.name, b.kind + b.name),
  );
  for (const owner of inOrder) {
    const taken = [...names.entries()];
    const own = fittingName(workloadNameOf(owner));
    const others = taken.filter(([, name]) => name === own).map(([other]) => other);
    const shares = others.length > 0 && isLabelled(owner);
    const name = others.length === 0 || shares ? own : fittingName(`${owner.kind}-${own}`);
    names.set(owner, name);
    if (shares) {
      const list = others.map(describeOwner).join(', ');
      assumptions.push(`${list} and ${describeOwner(owner)} are one workload, ${name}: their pods are labelled so`);
    } else if (name !== workloadNameOf(owner)) {
      assumptions.push(`the pods of ${describeOwner(owner)} are the workload ${name}: their own name cannot be used`);
    }
  }
  return { names: new Map(owners.map((owner) => [owner, names.get(owner) as string])), assumptions };
}
