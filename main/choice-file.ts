import { join } from 'node:path';
import { CHOOSABLE_LEADERS, defaultChoice, ENGAGE_MODES, type LeaderChoice } from '../shared/leader-choice.ts';
import { ARM_UNITS } from '../shared/station-config-leader.ts';
import { createJsonFile } from './json-file.ts';
import type { ChoiceStore, Log } from './ports.ts';

/** The last choice of a leader as `leader.json`. */
export function createChoiceFile(dataDir: string, log: Log): ChoiceStore {
  const { load, save } = createJsonFile<LeaderChoice | null>({ path: join(dataDir, 'leader.json'), what: 'the chosen leader', read: readChoice, empty: null }, log);
  return { load, save };
}

/** What is missing or of another version becomes the default of the kind; null = no kind of leader at all. */
function readChoice(value: unknown): LeaderChoice | null {
  const record = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const kind = CHOOSABLE_LEADERS.find((known) => known === record['kind']);
  if (kind === undefined) return null;
  const base = defaultChoice(kind);
  const text = (name: string): string => (typeof record[name] === 'string' ? record[name] : '');
  return {
    kind,
    port: text('port'),
    calibration: text('calibration'),
    units: ARM_UNITS.find((known) => known === record['units']) ?? base.units,
    engage: ENGAGE_MODES.find((known) => known === record['engage']) ?? base.engage,
    deadman: typeof record['deadman'] === 'boolean' ? record['deadman'] : base.deadman,
  };
}
