import { fileURLToPath } from 'node:url';

/** The lab file that is used where none is named. */
export const DEFAULT_LAB = fileURLToPath(new URL('../lab/presets/three-zones.yaml', import.meta.url));
