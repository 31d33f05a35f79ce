import { AppError } from '#core/errors.ts';
import type { EnvironmentVariable, LabContainer, LabPod } from '#lab/pods/lab-pod.ts';

export interface PodPlace {
  nodeName: string;
  hostIP: string;
  podIP: string;
}

/** The whole environment of a container's process. Throws AppError UNSUPPORTED for a source that the lab has not. */
export function containerEnvironment(
  pod: LabPod,
  container: LabContainer,
  place: PodPlace,
  searchPath: string,
): Record<string, string> {
  const variables = container.env.map((variable) => [variable.name, resolveValue(variable, pod, place)] as const);
  return { PATH: searchPath, HOSTNAME: pod.metadata.name, ...Object.fromEntries(variables) };
}

function resolveValue({ name, value, valueFrom }: EnvironmentVariable, pod: LabPod, place: PodPlace): string {
  if (valueFrom === undefined) return value ?? '';
  if (valueFrom.fieldRef === undefined) throw unsupported(name, 'valueFrom', Object.keys(valueFrom).join(' '));
  const { fieldPath } = valueFrom.fieldRef;
  const found = fieldOf(fieldPath, pod, place);
  if (found === undefined) throw unsupported(name, 'fieldRef', fieldPath);
  return found;
}

/** A label or annotation that is not set is empty, as in Kubernetes. */
function fieldOf(fieldPath: string, { metadata }: LabPod, place: PodPlace): string | undefined {
  const [, map, key = ''] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath) ?? [];
  if (map === 'labels') return metadata.labels?.[key] ?? '';
  if (map === 'annotations') return metadata.annotations?.[key] ?? '';
  const fields: Record<string, string> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': place.nodeName,
    'status.podIP': place.podIP,
    'status.hostIP': place.hostIP,
  };
  return fields[fieldPath];
}

function unsupported(variable: string, kind: string, found: string): AppError {
  return new AppError('UNSUPPORTED', `env ${variable}: ${kind} ${found} is not known to the lab`);
}
