import { defaultChoice, type EngageMode, type LeaderChoice } from '../shared/leader-choice.ts';
import { PortalError } from '../shared/portal/errors.ts';
import { isLeaderArm, type LeaderArmConfig, type LeaderConfig } from '../shared/station-config-leader.ts';
import type { HeadlessLeader } from './cli.ts';
import type { AppRole, BusArmSettings } from './ports.ts';

/** How an operator's leader is read, and how it comes to drive. */
export interface LeaderSettings {
  /** Of a headless role. */
  leader: HeadlessLeader;
  /** A leader arm of a headless role on a serial bus; then `leader` is `none`. */
  busLeader: BusArmSettings | null;
  rateHz: number;
  claims: boolean;
  /** What station.yaml says the console drives with; null = what was chosen in the window. */
  choice: LeaderChoice | null;
  /** Of a headless role; null = at once, but not after it was lost. */
  engage: EngageMode | null;
  engageUnits: number;
  jogUnitsPerS: number;
}

export interface LeaderSources {
  role: AppRole;
  config: LeaderConfig;
  units: LeaderChoice['units'];
  flag: HeadlessLeader | null;
  claimFlag: boolean;
  /** Where the configuration's arm is, with its calibration read; only asked for a headless role. */
  busArm: () => BusArmSettings | null;
  /** Port and calibration file of the configuration's arm; throws where nothing is known of it. */
  armPlace: (config: LeaderArmConfig) => { port: string; file: string };
  file: string | null;
}

/** Throws CONFIG_INVALID for a leader that the role cannot have, and what `busArm` throws. */
export function leaderSettings({ role, config, units, flag, claimFlag, busArm, armPlace, file }: LeaderSources): LeaderSettings {
  const isConsole = role === 'console';
  return {
    leader: isConsole ? 'none' : (flag ?? headlessKind(config, role, file)),
    busLeader: role === 'operator' && flag === null ? busArm() : null,
    rateHz: config.rate_hz,
    claims: claimFlag || config.claim,
    choice: isConsole ? choiceOf(config, units, armPlace, file) : null,
    engage: config.engage,
    engageUnits: config.engage_units,
    jogUnitsPerS: config.jog_units_per_s,
  };
}

function headlessKind(config: LeaderConfig, role: AppRole, file: string | null): HeadlessLeader {
  if (isLeaderArm(config) || config.kind === 'auto') return 'none';
  if (config.kind !== 'keyboard' && config.kind !== 'gamepad') return config.kind;
  if (role !== 'operator') return 'none';
  throw refused(`leader: ${config.kind} needs the console's window`, 'sim | scripted | none | so101_leader', config.kind, file, 'Start the console with this file, or choose another leader.');
}

function choiceOf(config: LeaderConfig, units: LeaderChoice['units'], armPlace: LeaderSources['armPlace'], file: string | null): LeaderChoice | null {
  if (config.kind === 'auto') return null;
  if (config.kind === 'scripted') {
    throw refused('leader: scripted is for headless operators', 'sim | keyboard | gamepad | none | so101_leader', 'scripted', file, 'Start the role operator with this file, or choose another leader.');
  }
  const base = defaultChoice(isLeaderArm(config) ? 'so101' : config.kind);
  const place = isLeaderArm(config) ? armPlace(config) : null;
  return {
    ...base,
    ...(place === null ? {} : { port: place.port, calibration: place.file, units }),
    engage: config.engage ?? base.engage,
    deadman: config.deadman === null ? base.deadman : config.deadman === 'key',
  };
}

function refused(message: string, expected: string, got: string, file: string | null, fix: string): PortalError {
  return new PortalError('CONFIG_INVALID', message, { ...(file === null ? {} : { file }), expected, got, fix });
}
