import { isObject } from '#lab/control-plane/api-server/kube-object.ts';

/** JSON merge patch, RFC 7386: null removes, objects merge, everything else replaces. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  let merged = isObject(target) ? target : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) {
      const { [name]: _removed, ...rest } = merged;
      merged = rest;
    } else {
      merged = { ...merged, [name]: applyMergePatch(merged[name], value) };
    }
  }
  return merged;
}
