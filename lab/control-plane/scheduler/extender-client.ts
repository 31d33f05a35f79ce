import { z } from 'zod';
import type { ExtenderArgs } from '#core/api/extender.ts';
import type { Node, Pod } from '#core/api/kubernetes.ts';
import { AppError } from '#core/errors.ts';
import { parseInput } from '#core/validation.ts';
import type { ExtenderConfig } from '#lab/control-plane/scheduler/profile.ts';

const reasons = z.record(z.string(), z.string()).nullish();

const filterResult = z.looseObject({
  Nodes: z
    .looseObject({ items: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })).nullish() })
    .nullish(),
  NodeNames: z.array(z.string()).nullish(),
  FailedNodes: reasons,
  FailedAndUnresolvableNodes: reasons,
  Error: z.string().default(''),
});

/** Go drops the whole answer where a score is not an integer. */
const hostPriorities = z.array(z.looseObject({ Host: z.string(), Score: z.int() })).nullable();

export interface ExtenderFilterAnswer {
  nodeNames: string[];
  /** Why the extender rejected nodes, by node name. */
  rejections: Map<string, string>;
}

/** Asks the extender which nodes can take the pod. Throws AppError where it fails or answers what it must not. */
export async function askFilter(
  extender: ExtenderConfig,
  verb: string,
  pod: Pod,
  nodes: readonly Node[],
): Promise<ExtenderFilterAnswer> {
  const answer = parseInput(
    filterResult,
    await post(extender, verb, argsOf(extender, pod, nodes)),
    `filter of ${extender.urlPrefix}`,
  );
  if (answer.Error !== '') throw new AppError('FAILED', `filter of ${extender.urlPrefix}: ${answer.Error}`);
  const named = extender.nodeCacheCapable ? answer.NodeNames : undefined;
  const nodeNames = named ?? answer.Nodes?.items?.map(({ metadata }) => metadata.name) ?? [];
  const offered = new Set(nodes.map(({ metadata }) => metadata.name));
  const stranger = nodeNames.find((name) => !offered.has(name));
  if (stranger !== undefined) {
    const problem = `claims a filtered node "${stranger}" which is not found in the input node list`;
    throw new AppError('FAILED', `extender "${extender.urlPrefix}" ${problem}`);
  }
  const rejections = { ...answer.FailedNodes, ...answer.FailedAndUnresolvableNodes };
  return { nodeNames, rejections: new Map(Object.entries(rejections)) };
}

/** The extender's scores by node name, as it gave them. Throws AppError where it fails. */
export async function askPrioritize(
  extender: ExtenderConfig,
  verb: string,
  pod: Pod,
  nodes: readonly Node[],
): Promise<Map<string, number>> {
  const answer = await post(extender, verb, argsOf(extender, pod, nodes));
  const priorities = parseInput(hostPriorities, answer, `prioritize of ${extender.urlPrefix}`) ?? [];
  return new Map(priorities.map(({ Host, Score }) => [Host, Score]));
}

function argsOf({ nodeCacheCapable }: ExtenderConfig, pod: Pod, nodes: readonly Node[]): ExtenderArgs {
  if (nodeCacheCapable) return { Pod: pod, Nodes: null, NodeNames: nodes.map(({ metadata }) => metadata.name) };
  return { Pod: pod, Nodes: { items: [...nodes] }, NodeNames: null };
}

async function post({ urlPrefix, httpTimeoutMs }: ExtenderConfig, verb: string, args: ExtenderArgs): Promise<unknown> {
  const url = `${urlPrefix.replace(/\/$/, '')}/${verb}`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(args),
      signal: AbortSignal.timeout(httpTimeoutMs),
    });
    const text = await response.text();
    if (response.status !== 200) throw new AppError('FAILED', `${response.status} ${text.slice(0, 200)}`);
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('UNAVAILABLE', `extender ${url}: ${(cause as Error).message}`, { cause });
  }
}
