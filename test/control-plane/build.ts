import { AppError } from '#core/errors.ts';
import { buildControlPlane } from '#lab/control-plane/kubernetes/build.ts';

// `make control-plane`.

try {
  await buildControlPlane(process.env, (line) => process.stderr.write(`${line}\n`));
} catch (err) {
  if (!(err instanceof AppError)) throw err;
  process.stderr.write(`control-plane: ${err.message}\n`);
  process.exitCode = 1;
}
