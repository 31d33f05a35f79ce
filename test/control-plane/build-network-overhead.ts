import { networkOverheadScheduler } from '#benchmark/scheduler/scheduler-binary.ts';
import { AppError } from '#core/errors.ts';

// `make network-overhead`.

try {
  await networkOverheadScheduler((line) => process.stderr.write(`${line}\n`));
} catch (err) {
  if (!(err instanceof AppError)) throw err;
  process.stderr.write(`network-overhead: ${err.message}\n`);
  process.exitCode = 1;
}
