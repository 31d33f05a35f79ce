import type { Node, NodeSelectorTerm, Pod } from '#core/api/kubernetes.ts';

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

/** Whether the node is one that the pod's nodeSelector and required node affinity ask for, as kube-scheduler reads them. */
export function matchesNodeSelection(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const { nodeSelector, affinity } = pod.spec;
  if (Object.entries(nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required == null) return true;
  // Terms are alternatives; all of what one asks for must hold. One that asks for nothing matches nothing.
  return (required.nodeSelectorTerms ?? []).some(({ matchExpressions, matchFields }) => {
    const [byLabel, byField] = [matchExpressions ?? [], matchFields ?? []];
    if (byLabel.length + byField.length === 0) return false;
    const fields = { 'metadata.name': node.metadata.name };
    return byLabel.every((one) => holds(one, labels)) && byField.every((one) => holds(one, fields));
  });
}

/** An operator that is not known holds for no node. */
function holds({ key, operator, values }: Requirement, of: Readonly<Record<string, string>>): boolean {
  const value = of[key];
  const wanted = values ?? [];
  switch (operator) {
    case 'In':
      return value !== undefined && wanted.includes(value);
    case 'NotIn':
      return value === undefined || !wanted.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return isWhole(value) && isWhole(wanted[0]) && Number(value) > Number(wanted[0]);
    case 'Lt':
      return isWhole(value) && isWhole(wanted[0]) && Number(value) < Number(wanted[0]);
    default:
      return false;
  }
}

function isWhole(text: string | undefined): boolean {
  return text !== undefined && /^[+-]?\d+$/.test(text);
}
