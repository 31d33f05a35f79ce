import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { containerCommand } from '#lab/pods/container-command.ts';
import { labContainer } from '#lab/pods/lab-pod.ts';

const SERVICE = 'localhost/netaware/synthetic-service';

test.each([
  { what: 'a command', container: { command: ['sleep', '1'] }, want: ['sleep', '1'] },
  { what: 'a command and arguments', container: { command: ['sleep'], args: ['1'] }, want: ['sleep', '1'] },
  { what: 'arguments of an unknown image', container: { image: 'example/none', args: ['1'] }, want: undefined },
  { what: 'a known image and a command', container: { image: SERVICE, command: ['true'] }, want: ['true'] },
])('$what', ({ container, want }) => {
  expect(containerCommand(labContainer.parse({ name: 'main', ...container }))).toEqual(want);
});

test.each([SERVICE, `${SERVICE}:v1`, `${SERVICE}@sha256:abc`, `${SERVICE}:v1@sha256:abc`])(
  'the image %s runs this Node with the synthetic service',
  (image) => {
    const [program, script = '', ...args] =
      containerCommand(labContainer.parse({ name: 'a', image, args: ['x'] })) ?? [];
    expect(program).toBe(process.execPath);
    expect(existsSync(script)).toBe(true);
    expect(args).toEqual(['x']);
  },
);

test("an image with a registry's port is not cut at it", () => {
  const image = `registry.example:5000/${SERVICE}`;
  expect(containerCommand(labContainer.parse({ name: 'main', image }))).toBeUndefined();
});
