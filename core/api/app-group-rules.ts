import { parseQuantity, type Quantity } from '#core/api/quantity.ts';
import type { Rule } from '#core/api/rules.ts';

interface Workload {
  name: string;
  dependencies: readonly { name: string }[];
}

export const isPositiveQuantity: Rule<Quantity> = {
  cel: "type(self) == int ? self > 0 : isQuantity(self) && quantity(self).isGreaterThan(quantity('0'))",
  isKept: (value) => (parseQuantity(value) ?? 0) > 0,
  message: 'not a positive quantity such as 20M',
};

export const dependsOnOthers: Rule<Workload> = {
  field: '.dependencies',
  cel: '!self.dependencies.exists(d, d.name == self.name)',
  isKept: ({ name, dependencies }) => dependencies.every((dependency) => dependency.name !== name),
  message: 'a workload depends on itself',
  culprit: {
    cel: `'"%s" depends on itself'.format([self.name])`,
    words: ({ name }) => `"${name}" depends on itself`,
  },
};

export const dependsOnKnownWorkloads: Rule<{ workloads: readonly Workload[] }> = {
  field: '.workloads',
  cel: withKnownNames('all', 'self.workloads.all(w, w.dependencies.all(d, d.name in known))'),
  isKept: ({ workloads }) => firstUnknown(workloads) === undefined,
  message: 'a workload depends on one that the group does not have',
  culprit: {
    cel: `${withKnownNames(
      'map',
      'self.workloads.map(w, w.dependencies.exists(d, !(d.name in known)), ' +
        `'"%s" depends on workloads that the group does not have: %s'` +
        '.format([w.name, w.dependencies.map(d, !(d.name in known), d.name)]))[0]',
    )}[0][0]`,
    words: ({ workloads }) => {
      const culprit = firstUnknown(workloads);
      return `"${culprit?.name}" depends on workloads that the group does not have: ["${culprit?.unknown.join('", "')}"]`;
    },
  },
};

/**
 * An expression in which `known` has the names of the workloads: a map, for a look-up in it costs the same however many
 * there are, and searching a list would exceed what the API server grants a rule. `all` and `map` of a list of one stand
 * for variables, which Kubernetes' CEL has not. A name that is there twice is taken once, as a map wants it: the keys of
 * the list refuse it in words of their own.
 */
function withKnownNames(macro: 'all' | 'map', body: string): string {
  const known = 'names.transformMapEntry(i, name, names.indexOf(name) == i, {name: true})';
  return `[self.workloads.map(w, w.name)].${macro}(names, [${known}].${macro}(known, ${body}))`;
}

/** The first workload that depends on unknown ones, and these. */
function firstUnknown(workloads: readonly Workload[]): { name: string; unknown: string[] } | undefined {
  const known = new Set(workloads.map(({ name }) => name));
  return workloads
    .map(({ name, dependencies }) => ({
      name,
      unknown: dependencies.map((dependency) => dependency.name).filter((dependency) => !known.has(dependency)),
    }))
    .find(({ unknown }) => unknown.length > 0);
}
