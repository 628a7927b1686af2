import { HOST_WORDS } from '../shared/hosting.ts';
import type { ArmLoop } from './arm-loop.ts';
import type { Errand } from './errand.ts';
import type { RestPose } from './rest-pose.ts';

/** What the words of a robot host's own terminal act on. */
export interface HostWordPorts {
  arm: ArmLoop;
  rest: RestPose;
  nowUs: number;
  home(): Errand;
  rearm(): Promise<void>;
  stop(): void;
  clearStop(): Promise<void>;
  /** The rest pose may be another one. */
  onRest(): void;
}

/** Carries out a word; returns what was done, or what stands against it, as a sentence. Rejects as the arm does. */
export async function obeyWord(word: string, { arm, rest, nowUs, home, rearm, stop, clearStop, onRest }: HostWordPorts): Promise<string> {
  const { safety } = arm;
  switch (word) {
    case 'stop':
      stop();
      return 'stopped';
    case 'clear':
      if (!safety.isStopped) return 'STOP is not latched';
      await clearStop();
      return 'STOP cleared; control has to be taken again';
    case 'home':
      return safety.send(home(), nowUs) ? 'moving to the rest pose' : `cannot move now: ${safety.state.word}`;
    case 'rearm':
      await rearm();
      return 'every joint holds where it is';
    case 'rest':
      return capture(arm, rest, onRest);
    case 'forget-rest': {
      const done = rest.forget();
      onRest();
      return done;
    }
    default:
      return `type ${HOST_WORDS.slice(0, -1).join(', ')} or ${HOST_WORDS.at(-1)}`;
  }
}

/** Only of an arm that stands still under its own torque: any other pose is nobody's choice. */
function capture(arm: ArmLoop, rest: RestPose, onRest: () => void): string {
  const { word } = arm.safety.state;
  if (arm.trouble !== null) return `the pose is not known for sure: ${arm.trouble}`;
  if (word === 'ACTIVE' || word === 'ALIGNING') return 'the arm is moving: let it hold first';
  const done = rest.capture(arm.reading.positions);
  onRest();
  return done;
}
