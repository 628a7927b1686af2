import { join } from 'node:path';
import { createJsonFile, type JsonFile } from './json-file.ts';
import type { Log } from './ports.ts';

/** Longer than any path there is. */
const MAX_CHARS = 4096;

/** The station.yaml that a robot was last hosted with, as `hosting.json`; null = none. */
export function createStationFile(dataDir: string, log: Log): JsonFile<string | null> {
  const { load, save } = createJsonFile({ path: join(dataDir, 'hosting.json'), what: 'the chosen station file', read: readChosen, empty: { configFile: null } }, log);
  return { load: () => load().configFile, save: (configFile) => save({ configFile }) };
}

function readChosen(value: unknown): { configFile: string | null } {
  const path = typeof value === 'object' && value !== null && 'configFile' in value ? value.configFile : null;
  return { configFile: typeof path === 'string' && path !== '' && path.length <= MAX_CHARS ? path : null };
}
