import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { AppError } from '#core/errors.ts';

/** Round-trip times by the positions of origin and destination; 0 for a node itself, and where none was measured. */
export interface RttMatrix {
  rttMs: readonly (readonly number[])[];
}

const FILE = /^rtt_ms_.*\.tsv\.gz$/;

/** Words for the one who did not say where the data is. */
export function missingPlanetLab({ planetlab }: { planetlab?: string | undefined }): string | undefined {
  return planetlab === undefined
    ? "PlanetLab's round-trip times were not given, wanted PLANETLAB=DIR, a folder with rtt_ms_*.tsv.gz (docs/benchmarks.md)"
    : undefined;
}

/** The first time slice of a folder with PlanetLab's round-trip times. */
export function readPlanetLab(folder: string): RttMatrix {
  return readSlice(folder, sliceNames(folder)[0] as string);
}

/** All time slices of it, by their file names. */
export function readPlanetLabSlices(folder: string): Map<string, RttMatrix> {
  return new Map(sliceNames(folder).map((name) => [name, readSlice(folder, name)]));
}

/** rtt_ms_*.tsv.gz, at least one. */
function sliceNames(folder: string): string[] {
  if (!existsSync(folder)) throw new AppError('NOT_FOUND', `--planetlab: there is no folder ${folder}`);
  const names = readdirSync(folder).filter((file) => FILE.test(file));
  if (names.length === 0) throw new AppError('NOT_FOUND', `--planetlab: no rtt_ms_*.tsv.gz in ${folder}`);
  return names.sort();
}

/** A row for each origin. */
function readSlice(folder: string, name: string): RttMatrix {
  const text = gunzipSync(readFileSync(join(folder, name))).toString();
  const rttMs = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t').map(Number));
  const bad = rttMs.findIndex((row) => row.length !== rttMs.length || row.some((rtt) => !(rtt >= 0)));
  if (bad !== -1) {
    throw new AppError(
      'INVALID_INPUT',
      `${join(folder, name)}: line ${bad + 1}: wanted ${rttMs.length} times in milliseconds`,
    );
  }
  return { rttMs };
}
