import { APP_GROUP_LABEL } from '#core/api/names.ts';
import {
  type Application,
  type ApplicationManifest,
  describeOwner,
  type PodOwner,
  readApplication,
  selects,
} from '#core/appgroup/draft/application.ts';
import { nameOwners } from '#core/appgroup/draft/owner-names.ts';
import { type Reference, referencesOf } from '#core/appgroup/draft/references.ts';
import { leaveOut } from '#core/appgroup/excluded.ts';
import { fittingName, type Proposal, type ProposedCall } from '#core/appgroup/proposal.ts';
import { AppError } from '#core/errors.ts';

export interface DraftOptions {
  /** Of the group; else what the manifests suggest. */
  name?: string;
  /** Of the group; else that of the manifests. */
  namespace?: string;
  /** Names of workloads that are left out. */
  exclude?: readonly string[];
  /** The group's name where the manifests suggest none. */
  fallbackName: string;
}

/** A proposal, and what owns the pods of its workloads. */
export interface Draft extends Proposal {
  owners: ReadonlyMap<PodOwner, string>;
}

const PART_OF_LABEL = 'app.kubernetes.io/part-of';

/**
 * Drafts an AppGroup from an application's manifests: a workload calls another one where its variables, arguments or mounted
 * ConfigMaps tell it the address of a Service that sends to the other one's pods. Throws AppError INVALID_INPUT where an
 * object cannot be read, where there is no workload, or where there are workloads of several namespaces and none is chosen.
 */
export function draftAppGroup(manifests: readonly ApplicationManifest[], options: DraftOptions): Draft {
  const namespace = options.namespace ?? onlyNamespace(readApplication(manifests));
  const application = readApplication(manifests, namespace);
  const all = application.owners.filter((owner) => owner.namespace === namespace);
  if (all.length === 0) throw noWorkloads(application, namespace);
  const named = nameOwners(all);
  const excluded = leaveOut(new Set(named.names.values()), options.exclude ?? []);
  const names = new Map([...named.names].filter(([, name]) => !excluded.has(name)));
  const found = referencesOf(application, [...names.keys()]);
  const { calls, assumptions } = callsOf(found.references, application, names);
  const silent = [...new Set(names.values())].filter(
    (name) => !calls.some(({ origin, destination }) => origin === name || destination === name),
  );
  return {
    name: options.name ?? suggestedName([...names.keys()], namespace, options.fallbackName),
    ...(namespace === '' ? {} : { namespace }),
    owners: names,
    workloads: [...Map.groupBy(names, ([, name]) => name)].flatMap(([name, [first]]) =>
      first === undefined ? [] : [{ name, workloadRef: referenceTo(first[0]) }],
    ),
    calls,
    assumptions: [
      'every call weighs 1: manifests do not tell how much traffic there is ("netaware appgroup discover" does)',
      ...[...excluded].map((name) => `${name} is left out, as asked for`),
      ...named.assumptions,
      ...assumptions,
      ...found.assumptions,
      ...silent.map((name) => `${name} calls no other workload and is called by none, as far as the manifests tell`),
      ...application.passedOver.map(
        (what) => `${what} is left out: only Deployments, StatefulSets, DaemonSets and CronJobs are read`,
      ),
    ],
  };
}

/** The namespace that owners name, '' where none does. */
function onlyNamespace({ owners }: Application): string {
  const namespaces = new Set(owners.map(({ namespace }) => namespace).filter((namespace) => namespace !== ''));
  const [first = '', second] = [...namespaces].toSorted();
  if (second === undefined) return first;
  throw new AppError(
    'INVALID_INPUT',
    `workloads of several namespaces (${[...namespaces].toSorted().join(', ')}), and an AppGroup has one: choose with --namespace`,
  );
}

function noWorkloads({ owners }: Application, namespace: string): AppError {
  const others = [...new Set(owners.map((owner) => owner.namespace))].toSorted().join(', ');
  const where = owners.length === 0 ? '' : ` in namespace ${namespace}, only in ${others}`;
  return new AppError('INVALID_INPUT', `no Deployment, StatefulSet, DaemonSet or CronJob${where}`);
}

function referenceTo({ apiVersion, kind, name }: PodOwner) {
  return { apiVersion, kind, name };
}

/** What all pod templates say that they are part of, else the namespace. */
function suggestedName(owners: readonly PodOwner[], namespace: string, fallbackName: string): string {
  const label = (name: string) => {
    const values = new Set(owners.map(({ template, labels }) => template.metadata.labels[name] ?? labels[name]));
    return values.size === 1 ? [...values][0] : undefined;
  };
  const suggested = label(APP_GROUP_LABEL) ?? label(PART_OF_LABEL) ?? (namespace === 'default' ? '' : namespace);
  return fittingName(suggested) || fittingName(fallbackName) || 'app';
}

/** Calls between workloads of the group, each once, from references to the Services of their pods. */
function callsOf(references: readonly Reference[], application: Application, names: ReadonlyMap<PodOwner, string>) {
  const evidence = new Map<string, Set<string>>();
  const assumptions: string[] = [];
  for (const reference of references) {
    const { owner, service } = reference;
    const origin = names.get(owner) as string;
    const targets = application.owners.filter((candidate) => selects(service, candidate));
    const destinations = [...new Set(targets.flatMap((target) => names.get(target) ?? []))];
    if (destinations.includes(origin)) {
      assumptions.push(`${origin} talks to pods of its own, ${reference.evidence}: no workload depends on itself`);
      continue;
    }
    if (destinations.length === 0) assumptions.push(unreached(reference, targets));
    if (destinations.length > 1) {
      assumptions.push(`Service ${service.name} is ${destinations.toSorted().join(', ')}: a call goes to each of them`);
    }
    for (const destination of destinations) {
      const key = JSON.stringify([origin, destination]);
      evidence.set(key, (evidence.get(key) ?? new Set()).add(reference.evidence));
    }
  }
  const calls = [...evidence].map(([key, seen]): ProposedCall => {
    const [origin, destination] = JSON.parse(key);
    return { origin, destination, weight: 1, because: [...seen].join('; ') };
  });
  return { calls, assumptions: [...new Set(assumptions)] };
}

function unreached({ owner, service, evidence }: Reference, targets: readonly PodOwner[]): string {
  const called = `${describeOwner(owner)} talks to Service ${service.name}, ${evidence}`;
  if (service.namespace !== owner.namespace)
    return `${called}: it is in namespace ${service.namespace}, and an AppGroup has one`;
  if (targets.length > 0) return `${called}: ${targets.map(describeOwner).join(', ')} is not in the group`;
  if (service.externalName !== undefined) return `${called}: it stands for ${service.externalName}`;
  return `${called}: no workload in the files has its pods`;
}
