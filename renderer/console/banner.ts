import { OTHER_SCHEMA, type Driver, type JointInfo, type LeaderInfo, type SessionInfo, type SessionPhase, type Telemetry } from '../../shared/console-state.ts';
import type { HostState, HostStateWord, HostTask } from '../../shared/portal/host-state.ts';
import { formatNumber, jointLabel, unitSign } from './format.ts';
import { apartness, apartText, deadmanName, LEADER_NAMES } from './leader-words.ts';

/** Decides colour and icon; the word says the same for whoever sees neither. */
export type BannerTone = 'you' | 'other' | 'aligning' | 'holding' | 'stopped' | 'away';

export interface BannerText {
  word: HostStateWord;
  tone: BannerTone;
  /** Who drives, as one sentence. */
  sentence: string;
  /** What else there is to know; may be empty. */
  detail: string;
}

export interface BannerInput {
  phase: SessionPhase;
  session: SessionInfo | null;
  host: HostState;
  driver: Driver;
  joints: readonly JointInfo[];
  telemetry: Telemetry | null;
  leader: LeaderInfo | null;
}

/** The one word and the one sentence an operator glances at. */
export function bannerText(input: BannerInput): BannerText {
  const { phase, session, host, driver } = input;
  if (phase === 'reconnecting') return away('Connection lost', `trying to reach ${session?.url ?? 'the server'} again`);
  if (session?.robotIdentity == null) return away('Waiting for the robot', 'it joins by itself when it is there');
  const name = driver.identity ?? 'nobody';
  switch (host.word) {
    case 'DISCONNECTED':
      return away(host.reason === OTHER_SCHEMA || host.reason === session.encryptionTrouble ? 'The robot is not understood' : 'The robot is not heard', host.reason);
    case 'STOPPED':
      return { word: 'STOPPED', tone: 'stopped', sentence: `Stopped ${host.reason}`.trim(), detail: 'the robot holds and ignores every command until the stop is cleared' };
    case 'HOLDING':
      return (driver.kind === 'you' ? handsOn(input) : null) ?? holding(driver, name, host.reason);
    case 'ALIGNING':
      if (host.task !== undefined) return { word: 'ALIGNING', tone: 'aligning', sentence: TASKS[host.task], detail: host.reason };
      return { word: 'ALIGNING', tone: 'aligning', sentence: driver.kind === 'you' ? 'The robot moves towards your command' : `The robot moves towards the command of ${name}`, detail: distances(input) || host.reason };
    case 'ACTIVE':
      if (driver.kind === 'you') return { word: 'ACTIVE', tone: 'you', sentence: 'You are driving', detail: input.leader === null || input.leader.kind === 'none' ? '' : `with ${LEADER_NAMES[input.leader.kind]}` };
      if (driver.kind === 'nobody') return { word: 'ACTIVE', tone: 'other', sentence: 'Nobody in the room is driving', detail: 'the robot moves by itself' };
      return { word: 'ACTIVE', tone: 'other', sentence: `${name} is driving`, detail: 'you are watching' };
  }
}

const TASKS: Readonly<Record<HostTask, string>> = { home: 'The robot goes home', calibrate: 'The robot calibrates itself', park: 'The robot parks before it leaves' };

function away(sentence: string, detail: string): BannerText {
  return { word: 'DISCONNECTED', tone: 'away', sentence, detail };
}

/** What the person's hands have to do before the leader drives; null = it does, or there is nothing to do. */
function handsOn({ leader, joints, telemetry }: BannerInput): BannerText | null {
  if (leader === null) return null;
  const say = (sentence: string, detail: string, tone: BannerTone = 'holding'): BannerText => ({ word: 'HOLDING', tone, sentence, detail });
  if (leader.kind === 'none') return say('You have control, and no leader', 'choose one under Arms (L)');
  switch (leader.engagement.phase) {
    case 'lost':
      return leader.link === 'live' ? say('The leader waits', `${leader.engagement.reason}; nothing is sent until you engage it`) : say('You have control, the leader is not there', absence(leader));
    case 'apart':
      return say('Bring the leader to the robot’s pose', apartText(apartness(joints, telemetry), leader.engageUnits ?? 0) || leader.engagement.reason, 'aligning');
    case 'still':
      return say('Hold the leader still', 'it drives in a moment', 'aligning');
    case 'guiding':
      return say('The leader moves to the robot’s pose', 'let it move; Release ends that', 'aligning');
    case 'released':
      return say('You have control, the robot holds', `hold ${deadmanName(leader.kind)} to drive`);
    case 'idle':
    case 'engaged':
      return null;
  }
}

/** Why it is not there, with what to do where that is short. */
function absence({ error, engagement }: LeaderInfo): string {
  if (error === null) return engagement.reason;
  return error.code === 'PORT_LOST' || error.code === 'PORT_MISSING' ? `${error.message.split('/').at(-1) ?? ''}: plug the arm in` : error.message;
}

function holding(driver: Driver, name: string, reason: string): BannerText {
  const sentence = driver.kind === 'nobody' ? 'Nobody is driving' : driver.kind === 'you' ? 'You have control, the robot holds' : `${name} has control, the robot holds`;
  // The reason "nobody drives" would say the sentence again.
  return { word: 'HOLDING', tone: 'holding', sentence, detail: driver.kind === 'nobody' && /^nobody/u.test(reason) ? 'the robot keeps its pose' : reason };
}

/** The joints that are furthest from their command, largest first. */
function distances({ telemetry, joints }: BannerInput): string {
  if (telemetry === null) return '';
  return joints
    .flatMap(({ name, unit }) => {
      const [state, command] = [telemetry.state[name], telemetry.command[name]];
      return state === undefined || command === undefined ? [] : [{ name, unit, distance: Math.abs(command - state) }];
    })
    .filter(({ distance }) => distance >= 1)
    .sort((a, b) => b.distance - a.distance)
    .slice(0, 3)
    .map(({ name, unit, distance }) => `${jointLabel(name)} ${formatNumber(distance, 0)}${unitSign(unit)}`)
    .join(' · ');
}
