import { isObject } from '#lab/control-plane/api-server/kube-object.ts';

type Step = (values: unknown[]) => unknown[];

const STEP =
  /\.?([A-Za-z_$](?:[\w$/-]|\\\.)*)|\[(\d+)\]|\[(\*)\]|\['([^']*)'\]|\[\?\(@\.([\w.]+)\s*==\s*(?:"([^"]*)"|'([^']*)')\)\]/y;

/**
 * The first value at a JSON path as printer columns use them: `.status.nodes`, `.metadata.labels.a\.b`, `.items[0]`,
 * `['a.b']` and `.status.conditions[?(@.type=="Valid")].status`. Undefined where there is none, or for other paths.
 */
export function firstAtJsonPath(object: unknown, jsonPath: string): unknown {
  const steps = parse(jsonPath);
  return steps?.reduce<unknown[]>((values, step) => step(values), [object])[0];
}

function parse(jsonPath: string): Step[] | undefined {
  const steps: Step[] = [];
  let position = 0;
  while (position < jsonPath.length) {
    STEP.lastIndex = position;
    const match = STEP.exec(jsonPath);
    if (match === null) return undefined;
    position = STEP.lastIndex;
    steps.push(toStep(match));
  }
  return steps;
}

function toStep([, name, index, wildcard, quoted, filterPath, doubleQuoted, singleQuoted]: RegExpExecArray): Step {
  if (index !== undefined) return (values) => values.flatMap((value) => present(items(value)[Number(index)]));
  if (wildcard !== undefined) return (values) => values.flatMap(items);
  if (filterPath !== undefined) {
    const wanted = doubleQuoted ?? singleQuoted;
    return (values) => values.flatMap(items).filter((item) => firstAtJsonPath(item, `.${filterPath}`) === wanted);
  }
  const field = quoted ?? (name ?? '').replaceAll('\\.', '.');
  return (values) => values.flatMap((value) => present(isObject(value) ? value[field] : undefined));
}

function items(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function present(value: unknown): unknown[] {
  return value === undefined ? [] : [value];
}
