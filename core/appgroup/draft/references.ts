import { type Address, addressesIn, serviceVariablesIn } from '#core/appgroup/draft/addresses.ts';
import {
  type Application,
  type ApplicationService,
  describeOwner,
  type PodOwner,
  selects,
} from '#core/appgroup/draft/application.ts';
import { ServiceDirectory } from '#core/appgroup/draft/service-directory.ts';
import { textsOf, type WorkloadText } from '#core/appgroup/draft/workload-texts.ts';

/** The pods of an owner are told the address of a Service. */
export interface Reference {
  owner: PodOwner;
  service: ApplicationService;
  /** For people: "env CART_ADDR (cart:7070)". */
  evidence: string;
}

export interface References {
  references: readonly Reference[];
  /** What was seen and not taken for a call, and what could not be read. */
  assumptions: readonly string[];
}

type Finding =
  | ({ kind: 'reference'; guessedNamespace?: string } & Reference)
  | { kind: 'unknownHost'; host: string; seenIn: string }
  | { kind: 'remark'; remark: string };

const NO_HOST = /^(?:localhost|true|false|none|null|default|disabled|[\d.]+)$/;

/** Every Service whose address is told to the pods of the owners. */
export function referencesOf(application: Application, owners: readonly PodOwner[]): References {
  const directory = new ServiceDirectory(application.services, application.owners);
  const findings = owners.flatMap((owner) => {
    const { texts, unread } = textsOf(owner, application.configMaps);
    return [
      ...unread.map((what): Finding => ({ kind: 'remark', remark: `${describeOwner(owner)}: ${what}` })),
      ...texts.flatMap((text) => findingsIn(text, owner, directory)),
    ];
  });
  const references = findings.filter((finding) => finding.kind === 'reference');
  const remarks = findings.flatMap((finding) => (finding.kind === 'remark' ? [finding.remark] : []));
  const hosts = Map.groupBy(
    findings.filter((finding) => finding.kind === 'unknownHost'),
    ({ host }) => host,
  );
  const guessed = new Set(references.flatMap(({ guessedNamespace }) => guessedNamespace ?? []));
  return {
    references,
    assumptions: [
      ...new Set(remarks),
      ...[...hosts].map(([host, seen]) => {
        const places = [...new Set(seen.map(({ seenIn }) => seenIn))].join('; ');
        return `${host} is no Service in the files (${places})`;
      }),
      ...[...guessed].map((namespace) => `the namespace is ${namespace}: addresses say so, the manifests name none`),
    ],
  };
}

function findingsIn(text: WorkloadText, owner: PodOwner, directory: ServiceDirectory): Finding[] {
  const fromVariables = serviceVariablesIn(text.text).flatMap((name): Finding[] => {
    const service = directory.byVariable(name, owner.namespace);
    return service ? [{ kind: 'reference', owner, service, evidence: `${text.where} (${name}_SERVICE_HOST)` }] : [];
  });
  const fromAddresses = addressesIn(text.text, text.variable).flatMap((address) =>
    judge(address, text, owner, directory),
  );
  return [...fromVariables, ...fromAddresses];
}

function judge(address: Address, text: WorkloadText, owner: PodOwner, directory: ServiceDirectory): Finding[] {
  const { host, port, form } = address;
  const evidence = `${text.where} (${host}${port === undefined ? '' : `:${port}`})`;
  const destination = directory.find(address, owner.namespace);
  if (destination.kind === 'unknown') {
    const seenIn = `${text.where} of ${describeOwner(owner)}`;
    return isWorthTelling(address, text) ? [{ kind: 'unknownHost', host, seenIn }] : [];
  }
  const { service } = destination;
  if (selects(service, owner) && form === 'alone') return [];
  if (destination.kind === 'wrongPort') {
    const remark = `${describeOwner(owner)}: ${evidence} is no call: Service ${service.name} has no port ${port}`;
    return form === 'words' ? [] : [{ kind: 'remark', remark }];
  }
  if (form === 'alone') {
    const remark = `${describeOwner(owner)}: ${evidence} is taken for a mere word, though a Service has that name`;
    return [{ kind: 'remark', remark }];
  }
  return [{ ...destination, kind: 'reference', owner, evidence }];
}

/** A file names hosts of all the world; in variables and arguments each is somebody that the workload talks to. */
function isWorthTelling({ host, form }: Address, { isFile }: WorkloadText): boolean {
  if (form !== 'address' || NO_HOST.test(host)) return false;
  return !isFile || !host.includes('.') || /\.svc(\.|$)/.test(host);
}
