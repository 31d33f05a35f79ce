import { ExecaError, execa } from 'execa';
import { AppError } from '#core/errors.ts';

/** Debian's packages of the commands that the lab runs. */
const PACKAGES: Record<string, string> = {
  ip: 'iproute2',
  tc: 'iproute2',
  ethtool: 'ethtool',
  modprobe: 'kmod',
  'linux.uml': 'user-mode-linux',
};

const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

/** Runs a command to its end and gives its stdout. Throws AppError with the command's own complaint. */
export async function run(command: string, args: readonly string[], input?: string): Promise<string> {
  try {
    const { stdout } = await execa(command, args, {
      env: { PATH, LC_ALL: 'C' },
      ...(input === undefined ? {} : { input }),
    });
    return stdout;
  } catch (cause) {
    if (!(cause instanceof ExecaError)) throw cause;
    throw failure(command, args, cause);
  }
}

/** The same for a command that is expected to fail at times: whether it succeeded. A missing command still throws. */
export async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  const result = await execa(command, args, { env: { PATH, LC_ALL: 'C' }, reject: false });
  if (result.code === 'ENOENT') throw failure(command, args, result as unknown as ExecaError);
  return !result.failed;
}

function failure(command: string, args: readonly string[], cause: ExecaError): AppError {
  if (cause.code === 'ENOENT') {
    const hint = PACKAGES[command] ? ` (Debian's package ${PACKAGES[command]})` : '';
    return new AppError('MISSING_TOOL', `the command ${command} is missing${hint}`, { cause });
  }
  const complaint = String(cause.stderr || cause.shortMessage).trim();
  return new AppError('FAILED', `${[command, ...args].join(' ')}: ${complaint}`, { cause });
}
