/** What a path under `/api/v1` or `/apis/GROUP/VERSION` names. */
export interface ResourcePath {
  group: string;
  version: string;
  namespace?: string;
  /** Absent for the group version itself. */
  plural?: string;
  name?: string;
  subresource?: string;
}

/** Undefined where the path is not one of a group version or below it. */
export function parseResourcePath(pathname: string): ResourcePath | undefined {
  const parts = decodeParts(pathname);
  if (parts === undefined) return undefined;
  const [root, first, second] = parts;
  if (root === 'api' && first === 'v1') return parseBelow('', 'v1', parts.slice(2));
  if (root === 'apis' && first !== undefined && second !== undefined) return parseBelow(first, second, parts.slice(3));
  return undefined;
}

function decodeParts(pathname: string): string[] | undefined {
  try {
    return pathname.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];

function parseBelow(group: string, version: string, parts: string[]): ResourcePath | undefined {
  const [first, second, third] = parts;
  const isNamespaced = first === 'namespaces' && second !== undefined && third !== undefined;
  const inNamespace = isNamespaced && !(parts.length === 3 && NAMESPACE_SUBRESOURCES.includes(third));
  const [plural, name, subresource, ...rest] = inNamespace ? parts.slice(2) : parts;
  if (rest.length > 0) return undefined;
  return {
    group,
    version,
    ...(inNamespace ? { namespace: second } : {}),
    ...(plural === undefined ? {} : { plural }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}
