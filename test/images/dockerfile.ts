import { readFileSync } from 'node:fs';
import { type Copy, DockerfileParser, type Entrypoint, type From, type Instruction, type Label } from 'dockerfile-ast';

/** Where the Dockerfile is, and what its COPY instructions are relative to. */
export const CONTEXT = new URL('../../', import.meta.url);

export const TARGETS = ['agent', 'aggregator', 'extender', 'synthetic-service'] as const;
export type Target = (typeof TARGETS)[number];

export interface Stage {
  name: string;
  /** Another stage or an image. */
  from: string;
  copies: { fromStage: string | undefined; sources: string[]; destination: string }[];
  user: string | undefined;
  entrypoint: string[] | undefined;
  labels: Record<string, string>;
  keywords: string[];
}

export function dockerfileText(): string {
  return readFileSync(new URL('Dockerfile', CONTEXT), 'utf8');
}

export function readStages(): Stage[] {
  const stages: Stage[] = [];
  for (const instruction of DockerfileParser.parse(dockerfileText()).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') stages.push(startStage(instruction as From));
    else addTo(stages.at(-1), instruction);
  }
  return stages;
}

/** The stage and those it is built from, the first one first. */
export function lineageOf(name: string, stages: readonly Stage[]): Stage[] {
  const stage = stages.find((candidate) => candidate.name === name);
  return stage === undefined ? [] : [...lineageOf(stage.from, stages), stage];
}

function startStage(from: From): Stage {
  const name = from.getBuildStage() ?? '';
  const image = from.getExpandedArguments()[0]?.getValue() ?? '';
  return { name, from: image, copies: [], user: undefined, entrypoint: undefined, labels: {}, keywords: [] };
}

function addTo(stage: Stage | undefined, instruction: Instruction): void {
  if (stage === undefined) return;
  const keyword = instruction.getKeyword();
  const words = instruction.getExpandedArguments().map((argument) => argument.getValue());
  stage.keywords.push(keyword);
  if (keyword === 'USER') stage.user = words[0];
  if (keyword === 'COPY') {
    const fromStage = (instruction as Copy).getFromFlag()?.getValue() ?? undefined;
    stage.copies.push({ fromStage, sources: words.slice(0, -1), destination: words.at(-1) ?? '' });
  }
  if (keyword === 'LABEL') {
    for (const property of (instruction as Label).getProperties()) {
      stage.labels[property.getName()] = property.getValue() ?? '';
    }
  }
  if (keyword === 'ENTRYPOINT') {
    const strings = (instruction as Entrypoint).getJSONStrings();
    stage.entrypoint = strings.map((argument) => JSON.parse(argument.getJSONValue() && argument.getValue()));
  }
}
