import { API_VERSION } from '#core/api/names.ts';

/** A workload of a proposed AppGroup. */
export interface ProposedWorkload {
  name: string;
  /** The object that owns its pods, where that is known. */
  workloadRef?: { apiVersion: string; kind: string; name: string };
}

/** A call of a proposed AppGroup; no two have the same ends, and no end is the other. */
export interface ProposedCall {
  origin: string;
  destination: string;
  weight: number;
  /** For people: what the call was seen in. */
  because: string;
}

/** An AppGroup that was made from what there is, for a person to look at. */
export interface Proposal {
  name: string;
  /** Undefined: whatever namespace it is applied to. */
  namespace?: string;
  workloads: readonly ProposedWorkload[];
  calls: readonly ProposedCall[];
  /** What was assumed, left out or not understood, a sentence each. */
  assumptions: readonly string[];
}

const NAME_LIMIT = 63;

/** The AppGroup as a person would write it, workloads by name and the heaviest dependency first. */
export function appGroupManifest({ name, namespace, workloads, calls }: Proposal): object {
  return {
    apiVersion: API_VERSION,
    kind: 'AppGroup',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: {
      workloads: workloads
        .toSorted((a, b) => compareNames(a.name, b.name))
        .map((workload) => {
          const dependencies = calls
            .filter(({ origin }) => origin === workload.name)
            .toSorted((a, b) => b.weight - a.weight || compareNames(a.destination, b.destination))
            .map(({ destination, weight }) => ({ name: destination, weight }));
          return { ...workload, ...(dependencies.length === 0 ? {} : { dependencies }) };
        }),
    },
  };
}

/** What a person should know of the proposal, a line each: every call with what it was seen in, then the assumptions. */
export function describeProposal({ name, workloads, calls, assumptions }: Proposal): string[] {
  const titles = calls.map(({ origin, destination }) => `${origin} -> ${destination}`);
  const width = Math.max(0, ...titles.map((title) => title.length));
  const sorted = calls
    .map(({ because }, index) => ({ title: titles[index] ?? '', because }))
    .toSorted((a, b) => compareNames(a.title, b.title));
  return [
    `AppGroup ${name}: ${count(workloads.length, 'workload')}, ${count(calls.length, 'call')}`,
    ...sorted.map(({ title, because }) => `  ${title.padEnd(width)}  ${because}`),
    ...(assumptions.length === 0 ? [] : ['assumed:', ...assumptions.map((assumption) => `  ${assumption}`)]),
  ];
}

/** The name with what a workload's or group's name may not have replaced: it is the value of a label and a DNS label. */
export function fittingName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, NAME_LIMIT)
    .replace(/-+$/, '');
}

/** "1 call", "2 calls". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** By code units: the same order everywhere. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
