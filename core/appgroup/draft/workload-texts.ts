import type { Container } from '#core/api/workload-manifests.ts';
import type { ApplicationConfigMap, PodOwner } from '#core/appgroup/draft/application.ts';

/** Something that is said to a workload, where an address may stand. */
export interface WorkloadText {
  /** For people: "env CART_ADDR". */
  where: string;
  text: string;
  /** The variable whose whole value the text is. */
  variable?: string;
  /** A file of any format, in which much else stands than addresses. */
  isFile: boolean;
}

export interface WorkloadTexts {
  texts: readonly WorkloadText[];
  /** What is said to the workload and is not in the manifests, or is not read. */
  unread: readonly string[];
}

type ConfigData = (name: string) => Readonly<Record<string, string>> | undefined;

/** Values of environment variables, commands and arguments, and the ConfigMaps that the containers of an owner's pods mount. */
export function textsOf(owner: PodOwner, configMaps: readonly ApplicationConfigMap[]): WorkloadTexts {
  const byName = new Map(
    configMaps.filter(({ namespace }) => namespace === owner.namespace).map(({ name, data }) => [name, data]),
  );
  const configData: ConfigData = (name) => byName.get(name);
  const { initContainers, containers } = owner.template.spec;
  const all = [...initContainers, ...containers];
  const unread: string[] = [];
  const texts = all.flatMap((container) => {
    const ofContainer = all.length === 1 ? '' : ` of container ${container.name}`;
    const variables = variablesOf(container, configData, ofContainer, unread);
    return [...variables, ...wordsOf(container, variables, ofContainer)];
  });
  return { texts: [...texts, ...mountedFiles(owner, all, configData, unread)], unread: [...new Set(unread)] };
}

function variablesOf(
  { env, envFrom }: Container,
  configData: ConfigData,
  ofContainer: string,
  unread: string[],
): WorkloadText[] {
  const values = new Map<string, WorkloadText>();
  const keep = (variable: string, text: string, from: string) =>
    values.set(variable, { where: `env ${variable}${ofContainer}${from}`, text, variable, isFile: false });

  for (const { prefix, configMapRef, secretRef } of envFrom) {
    if (secretRef) unread.push(`variables from Secret ${secretRef.name}: Secrets are not read`);
    if (!configMapRef) continue;
    const data = configData(configMapRef.name);
    if (!data) unread.push(`variables from ConfigMap ${configMapRef.name}: it is not in the files`);
    const from = `, ConfigMap ${configMapRef.name}`;
    for (const [key, value] of Object.entries(data ?? {})) keep(`${prefix}${key}`, value, from);
  }
  for (const { name, value, valueFrom } of env) {
    const { configMapKeyRef: reference, secretKeyRef } = valueFrom ?? {};
    if (value !== undefined) keep(name, expand(value, values), '');
    if (secretKeyRef) unread.push(`env ${name} from Secret ${secretKeyRef.name}: Secrets are not read`);
    if (!reference) continue;
    const text = configData(reference.name)?.[reference.key];
    const from = `, ConfigMap ${reference.name}`;
    if (text === undefined) unread.push(`env ${name}${from} key ${reference.key}: it is not in the files`);
    else keep(name, text, from);
  }
  return [...values.values()];
}

/** `$(NAME)` stands for the value of a variable that was set before, as for the kubelet; what is not known stays. */
function expand(text: string, variables: ReadonlyMap<string, { text: string }>): string {
  return text.replace(/\$\((\w+)\)/g, (whole, name) => variables.get(name)?.text ?? whole);
}

/** Command and arguments, a word or more a line. */
function wordsOf({ command, args }: Container, variables: WorkloadText[], ofContainer: string): WorkloadText[] {
  const known = new Map(variables.map((variable) => [variable.variable ?? '', variable]));
  return Object.entries({ command, args })
    .filter(([, words]) => words.length > 0)
    .map(([where, words]) => ({
      where: `${where}${ofContainer}`,
      text: expand(words.join('\n'), known),
      isFile: false,
    }));
}

/** Files of ConfigMaps, each once however many containers mount them. */
function mountedFiles(
  { template }: PodOwner,
  containers: readonly Container[],
  configData: ConfigData,
  unread: string[],
): WorkloadText[] {
  const mounted = new Set(containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)));
  const sources = template.spec.volumes
    .filter(({ name }) => mounted.has(name))
    .flatMap(({ configMap, projected }) => [configMap, ...(projected?.sources ?? []).map((source) => source.configMap)])
    .filter((source) => source !== undefined);
  return sources.flatMap(({ name, items }) => {
    const data = configData(name);
    if (!data) unread.push(`files from ConfigMap ${name}: it is not in the files`);
    const wanted = items?.map(({ key }) => key);
    return Object.entries(data ?? {})
      .filter(([key]) => wanted?.includes(key) ?? true)
      .map(([key, text]) => ({ where: `file ${key}, ConfigMap ${name}`, text, isFile: true }));
  });
}
