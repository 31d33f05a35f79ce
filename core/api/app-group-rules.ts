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
    cel: `'"' + self.name + '" depends on itself'`,
    words: ({ name }) => `"${name}" depends on itself`,
  },
};

/**
 * In CEL `known` is a map, for its look-ups cost the same however many workloads there are: searching a list would
 * exceed what the API server grants a rule. A name that is there twice is passed over, as no map takes it; the list's
 * keys refuse it.
 */
function withKnownNames(comprehension: 'all' | 'map', body: string): string {
  return (
    `[self.workloads.map(w, w.name)].${comprehension}(names, ` +
    `[names.transformMapEntry(i, name, names.indexOf(name) == i, {name: true})].${comprehension}(known, ${body}))`
  );
}

export const dependsOnKnownWorkloads: Rule<{ workloads: readonly Workload[] }> = {
  field: '.workloads',
  cel: withKnownNames('all', 'self.workloads.all(w, w.dependencies.all(d, d.name in known))'),
  isKept: ({ workloads }) => unknownDependencies(workloads).length === 0,
  message: 'a workload depends on one that the group does not have',
  culprit: {
    cel: `${withKnownNames(
      'map',
      'self.workloads.filter(w, w.dependencies.exists(d, !(d.name in known)))' +
        `.map(w, '"' + w.name + '" depends on "' + w.dependencies.filter(d, !(d.name in known)).map(d, d.name).join('", "') + '"')` +
        `.join('; ') + ', which the group does not have'`,
    )}[0][0]`,
    words: ({ workloads }) => {
      const culprits = unknownDependencies(workloads).map(
        ({ name, unknown }) => `"${name}" depends on "${unknown.join('", "')}"`,
      );
      return `${culprits.join('; ')}, which the group does not have`;
    },
  },
};

function unknownDependencies(workloads: readonly Workload[]): { name: string; unknown: string[] }[] {
  const known = new Set(workloads.map(({ name }) => name));
  return workloads
    .map(({ name, dependencies }) => ({
      name,
      unknown: dependencies.map((dependency) => dependency.name).filter((dependency) => !known.has(dependency)),
    }))
    .filter(({ unknown }) => unknown.length > 0);
}
