import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '#core/errors.ts';
import { checkMachine } from '#lab/machine.ts';
import { STATE_FOLDER } from '#lab/names.ts';
import { removeLab } from '#lab/state/remove.ts';

const labState = z.object({
  createdAt: z.string(),
  /** The process that makes the lab, or that it ends with; null for a lab that stays until it is taken down. */
  owner: z.object({ pid: z.int(), startTime: z.string() }).nullable(),
  /** Set when the lab is up. */
  running: z
    .object({
      hosts: z.array(z.string()),
      router: z.enum(['kernel', 'user-mode-linux']),
      congestionControl: z.string(),
      controlPlane: z.enum(['embedded', 'kubernetes']),
      apiServer: z.object({ pid: z.int(), startTime: z.string() }),
      kubeconfig: z.string(),
      apiServerUrl: z.string(),
      aggregatorUrl: z.string(),
      extenderUrl: z.string(),
    })
    .optional(),
});
export type LabState = z.infer<typeof labState>;

const STATE_FILE = join(STATE_FOLDER, 'lab.json');

/**
 * The state of the lab on this machine; undefined where there is none, or only what a crash left of one. Throws AppError
 * CONFLICT where it cannot be told, so that nobody takes a lab that is up for a dead one.
 */
export async function readLabState(): Promise<LabState | undefined> {
  const text = await readFile(STATE_FILE, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const state = labState.parse(JSON.parse(text));
    return (await isLive(state)) ? state : undefined;
  } catch (cause) {
    throw new AppError('CONFLICT', `${STATE_FILE} is not of this version; "netaware lab down" removes the lab`, {
      cause,
    });
  }
}

/**
 * Takes this machine's one place for a lab, and removes first what a crashed one left. Throws AppError CONFLICT where a lab
 * is up or being made, UNSUPPORTED where none can be built here. The lab is this process's own until the state says otherwise.
 */
export async function acquireLab(): Promise<LabState> {
  checkMachine();
  const existing = await readLabState();
  if (existing) {
    throw new AppError(
      'CONFLICT',
      `a lab is already there since ${existing.createdAt}${existing.owner ? ` (process ${existing.owner.pid})` : ''}; "netaware lab down" removes it`,
    );
  }
  await removeLab();
  const owner = (await identify(process.pid)) ?? null;
  const state: LabState = { createdAt: new Date().toISOString(), owner };
  await mkdir(dirname(STATE_FOLDER), { recursive: true });
  const prepared = await mkdtemp(`${STATE_FOLDER}-`);
  // Everybody may ask where the lab is, as for `netaware topology`.
  await chmod(prepared, 0o755);
  await mkdir(join(prepared, 'logs'));
  await writeFile(join(prepared, 'lab.json'), JSON.stringify(state));
  try {
    await rename(prepared, STATE_FOLDER);
  } catch (cause) {
    await rm(prepared, { recursive: true, force: true });
    throw new AppError('CONFLICT', 'another lab is being made on this machine', { cause });
  }
  return state;
}

export async function writeLabState(state: LabState): Promise<void> {
  await writeFile(`${STATE_FILE}.new`, JSON.stringify(state, null, 2));
  await rename(`${STATE_FILE}.new`, STATE_FILE);
}

/** A process by its id and start time, so that another one that got the same id later is not taken for it. */
export async function identify(pid: number): Promise<{ pid: number; startTime: string } | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // Fields are counted behind the command's name, which may hold spaces; start time is the 22nd of all.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** An owned lab lives as long as its owner, another as long as its API server. */
async function isLive({ owner, running }: LabState): Promise<boolean> {
  const process = owner ?? running?.apiServer;
  return process !== undefined && (await identify(process.pid))?.startTime === process.startTime;
}
