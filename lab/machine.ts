import { AppError } from '#core/errors.ts';

/** Throws AppError UNSUPPORTED where a lab cannot be built here at all. */
export function checkMachine(): void {
  if (process.platform !== 'linux') throw new AppError('UNSUPPORTED', `a lab needs Linux, this is ${process.platform}`);
  if (process.getuid?.() !== 0)
    throw new AppError('UNSUPPORTED', 'a lab needs root, for network namespaces and cgroups: try sudo');
}
