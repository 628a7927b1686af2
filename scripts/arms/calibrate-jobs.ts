import { setTimeout as wait } from 'node:timers/promises';
import type { ArmKind } from '../../shared/arm-kind.ts';
import type { CalibrationPhase } from '../../shared/arm-setup.ts';
import { PortalError, toPortalError } from '../../shared/portal/errors.ts';
import { bindArm } from '../../main/devices/feetech/arm-bindings.ts';
import type { FeetechBus } from '../../main/devices/feetech/bus.ts';
import { calibrationBackups, readCalibrationFile, type SavedCalibration } from '../../main/devices/feetech/calibration-file.ts';
import { adoptCalibration, compareWithMotors, partnerCalibration, saveFromMotors } from '../../main/devices/feetech/calibration-jobs.ts';
import { calibrationPath, findCalibration, listCalibrations } from '../../main/devices/feetech/calibration-places.ts';
import { CalibrationRun } from '../../main/devices/feetech/calibration-run.ts';
import { systemClock } from '../../main/system-clock.ts';
import type { Dialogue } from './dialogue.ts';
import { jointLines } from './joint-lines.ts';
import { Leaving } from './leaving.ts';

/** lerobot's pause between two readings of a sweep. */
const SAMPLE_PAUSE_MS = 20;

export interface CalibrationContext {
  bus: FeetechBus;
  dialogue: Dialogue;
  kind: ArmKind;
  id: string;
  importFrom: string | null;
  portKey: string;
  dataDir: string;
  root: string;
}

/** Returns the exit code. */
export type CalibrationJob = (context: CalibrationContext) => Promise<number>;

const WHAT_TO_DO: Record<CalibrationPhase, string> = {
  ready: 'Torque goes off and the arm sinks: hold it, then press Enter.',
  middle: 'Put every joint in the middle of its travel, the gripper half open, and press Enter.',
  sweep: 'Move every joint from one stop to the other, wrist roll and gripper too. Press Enter when every line says ok.',
  gripper: 'Close the gripper all the way, hold the arm still, and press Enter: then it is saved and written to the motors.',
  check: 'Move a joint and see it move here. Press Enter to end.',
};

/** What Ctrl+C leaves behind, phase by phase. */
const LEFT_AT: Record<CalibrationPhase, string> = {
  ready: 'Nothing was changed, torque is as it was.',
  middle: 'Torque is off, the arm is limp. Its calibration is as it was.',
  sweep: 'Torque is off, the arm is limp. Its calibration is as it was.',
  gripper: 'Torque is off, the arm is limp. Its calibration is as it was.',
  check: 'Torque is off, the arm is limp. The new calibration is saved and in the motors.',
};

export const calibrateByHand: CalibrationJob = async (context) => {
  const { bus, dialogue, kind, id, root } = context;
  const run = new CalibrationRun(bus, systemClock, { path: calibrationPath(kind, id, root), partner: partnerCalibration(kind, id, root) });
  const leaving = new Leaving(dialogue, () => ({ words: LEFT_AT[run.phase], fields: { phase: run.phase, torque: run.phase === 'ready' ? 'unchanged' : 'off' } }));
  for (;;) {
    dialogue.say(WHAT_TO_DO[run.phase]);
    dialogue.event('phase', { phase: run.phase, do: WHAT_TO_DO[run.phase] });
    const answer = run.phase === 'ready' ? await dialogue.answer() : await whileShown(run, dialogue);
    try {
      if (answer === 'back') run.back();
      else if (run.phase === 'ready') await leaving.whileWriting(() => run.release());
      else if (run.phase === 'middle') await run.confirmMiddle();
      else if (run.phase === 'sweep') run.confirmSweep();
      else if (run.phase === 'check') return 0;
      else {
        await leaving.whileWriting(async () => {
          const { saved, warnings, calibration } = await run.confirmGripper();
          told(context, saved, { calibration, warnings });
          for (const warning of warnings) dialogue.say(`Warning: ${warning}.`);
        });
      }
    } catch (thrown) {
      const error = toPortalError(thrown);
      if (error.code !== 'CALIBRATION_REFUSED') throw error;
      dialogue.error(error.toJSON());
    }
  }
};

export const importFile: CalibrationJob = async (context) => {
  const { bus, dialogue, kind, id, root, importFrom } = context;
  const calibration = readCalibrationFile(importFrom ?? '');
  let at: 'ready' | 'writing' | 'check' = 'ready';
  const leaving = new Leaving(dialogue, () => ({ words: at === 'writing' ? 'Torque is off, the arm is limp.' : LEFT_AT[at], fields: { phase: at, torque: at === 'ready' ? 'unchanged' : 'off' } }));
  dialogue.say(WHAT_TO_DO.ready);
  dialogue.event('phase', { phase: 'ready' });
  await dialogue.answer();
  at = 'writing';
  await leaving.whileWriting(async () => {
    told(context, await adoptCalibration(bus, calibration, calibrationPath(kind, id, root), systemClock.nowUs()), { calibration });
    at = 'check';
  });
  return 0;
};

export const writeFileToMotors: CalibrationJob = (context) => importFile({ ...context, importFrom: ownFile(context) });

export const undoLast: CalibrationJob = (context) => {
  const file = ownFile(context);
  // The first one after an older release was written elsewhere: what it replaced stands in the folder of before.
  const older = listCalibrations(context.root).find(({ kind, id, path }) => kind === context.kind && id === context.id && path !== file)?.path;
  const last = calibrationBackups(file)[0] ?? older;
  if (last === undefined) throw new PortalError('CALIBRATION_MISSING', `${file} replaced no other calibration`, { expected: `${file}.TIME.bak`, got: 'nothing' });
  return importFile({ ...context, importFrom: last });
};

export const importFromMotors: CalibrationJob = async (context) => {
  const { bus, dialogue, kind, id, root } = context;
  const { calibration, ...saved } = await saveFromMotors(bus, calibrationPath(kind, id, root), systemClock.nowUs());
  told(context, saved, { calibration });
  dialogue.say('Motors do not hold the direction of the gripper: it is taken as not turned round.');
  return 0;
};

export const checkFile: CalibrationJob = async (context) => {
  const file = ownFile(context);
  const differences = await compareWithMotors(context.bus, readCalibrationFile(file));
  context.dialogue.event('check', { file, differences });
  context.dialogue.say(differences.length === 0 ? `${file} is what the motors hold.` : [`${file} differs from the motors:`, ...differences.map(({ motor, key, file: wanted, held }) => `  ${motor}.${key}: file ${wanted}, motor ${held}`)].join('\n'));
  return differences.length === 0 ? 0 : 1;
};

function ownFile({ kind, id, root }: CalibrationContext): string {
  const file = findCalibration(kind, id, root);
  if (file !== null) return file;
  throw new PortalError('CALIBRATION_MISSING', `the ${kind} ${id} has no calibration in ${root}`, { fix: 'Calibrate it, or name a file with --import.' });
}

function told({ dialogue, kind, id, portKey, dataDir }: CalibrationContext, saved: Pick<SavedCalibration, 'path' | 'backup'>, more: object): void {
  bindArm(dataDir, { port: portKey, kind, id });
  dialogue.say(`Saved as ${saved.path}${saved.backup === null ? '' : `; what was there before is ${saved.backup}`}.`);
  dialogue.event('saved', { path: saved.path, backup: saved.backup, port: portKey, kind, id, ...more });
}

/** Shows the joints until a line is typed. A reading that fails is said and tried again; a port that is gone ends it. */
async function whileShown(run: CalibrationRun, dialogue: Dialogue): Promise<string> {
  let answer: string | null = null;
  const answered = dialogue.answer().then((line) => { answer = line; });
  answered.catch(() => undefined);
  let trouble = '';
  while (answer === null) {
    try {
      const joints = await run.sample();
      dialogue.live(jointLines(joints, run.phase === 'check'));
      dialogue.event('joints', { phase: run.phase, joints });
      trouble = '';
    } catch (thrown) {
      const error = toPortalError(thrown);
      if (error.code === 'PORT_LOST') throw error;
      if (error.message !== trouble) dialogue.error(error.toJSON());
      trouble = error.message;
    }
    await Promise.race([answered, wait(SAMPLE_PAUSE_MS)]);
  }
  return answer;
}
