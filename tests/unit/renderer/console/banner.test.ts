import { describe, expect, it } from 'vitest';
import { bannerText, type BannerInput } from '../../../../renderer/console/banner.ts';
import type { LeaderInfo } from '../../../../shared/console-state.ts';
import { LEADER, WELL } from './console-fixture.ts';

const YOU = { kind: 'you', identity: 'anna', sinceUs: 1 } as const;
const NOBODY = { kind: 'nobody', identity: null, sinceUs: null } as const;

function banner(changes: Partial<BannerInput>) {
  return bannerText({ phase: WELL.phase, session: WELL.session, host: WELL.host, driver: WELL.driver, joints: WELL.joints, telemetry: null, leader: LEADER, ...changes });
}

describe('bannerText', () => {
  it('says that you are driving', () => {
    expect(banner({ driver: YOU })).toEqual({ word: 'ACTIVE', tone: 'you', sentence: 'You are driving', detail: 'with the simulated leader' });
  });

  it('says that somebody else is driving and you are watching', () => {
    expect(banner({})).toMatchObject({ word: 'ACTIVE', tone: 'other', sentence: 'policy-v1 is driving', detail: 'you are watching' });
  });

  it('says why the robot holds, once', () => {
    expect(banner({ driver: YOU, host: { word: 'HOLDING', reason: 'no action for 300 ms', sinceUs: 0 } })).toMatchObject({ tone: 'holding', sentence: 'You have control, the robot holds', detail: 'no action for 300 ms' });
    expect(banner({ driver: NOBODY, host: { word: 'HOLDING', reason: 'nobody drives', sinceUs: 0 } })).toMatchObject({ sentence: 'Nobody is driving', detail: 'the robot keeps its pose' });
  });

  it('says what the hands have to do before the leader drives', () => {
    const holds = { word: 'HOLDING', reason: 'no action for 300 ms', sinceUs: 0 } as const;
    const arm = (phase: LeaderInfo['engagement']['phase'], changed: Partial<LeaderInfo> = {}) =>
      banner({ driver: YOU, host: holds, telemetry: { timestampUs: 1, state: { 'pan.pos': 0 }, command: {}, leader: { 'pan.pos': 31 } }, leader: { ...LEADER, kind: 'so101_leader', engageUnits: 10, engagement: { phase, reason: 'why', stillMs: 0 }, ...changed } });
    expect(arm('apart')).toMatchObject({ tone: 'aligning', sentence: 'Bring the leader to the robot’s pose', detail: 'pan −31°' });
    expect(arm('still')).toMatchObject({ word: 'HOLDING', sentence: 'Hold the leader still' });
    expect(arm('released')).toMatchObject({ detail: 'hold Space to drive' });
    expect(arm('lost')).toMatchObject({ tone: 'holding', sentence: 'The leader waits', detail: 'why; nothing is sent until you engage it' });
    expect(arm('lost', { link: 'lost', error: { code: 'PORT_LOST', message: '/dev/ttyACM0 went away' } })).toMatchObject({ sentence: 'You have control, the leader is not there', detail: 'ttyACM0 went away: plug the arm in' });
    expect(arm('engaged'), 'then the robot’s own reason counts').toMatchObject({ detail: 'no action for 300 ms' });
    expect(arm('idle', { kind: 'none' })).toMatchObject({ sentence: 'You have control, and no leader' });
    expect(banner({ driver: NOBODY, host: holds, leader: { ...LEADER, kind: 'none' } })).toMatchObject({ sentence: 'Nobody is driving' });
  });

  it('names the joints that are furthest from their command while it aligns', () => {
    const telemetry = { timestampUs: 1, state: { 'pan.pos': 0, 'gripper.pos': 10 }, command: { 'pan.pos': -31.4, 'gripper.pos': 10.2 } };
    expect(banner({ driver: YOU, telemetry, host: { word: 'ALIGNING', reason: 'x', sinceUs: 0 } })).toMatchObject({ tone: 'aligning', detail: 'pan 31°' });
  });

  it('says who stopped', () => {
    expect(banner({ host: { word: 'STOPPED', reason: 'by bert', sinceUs: 0 } })).toMatchObject({ word: 'STOPPED', tone: 'stopped', sentence: 'Stopped by bert' });
  });

  it('is DISCONNECTED without connection or robot, whatever the robot said last', () => {
    expect(banner({ phase: 'reconnecting', driver: YOU })).toMatchObject({ word: 'DISCONNECTED', tone: 'away', sentence: 'Connection lost' });
    expect(banner({ session: { ...WELL.session!, robotIdentity: null }, driver: YOU })).toMatchObject({ word: 'DISCONNECTED', sentence: 'Waiting for the robot' });
    expect(banner({ host: { word: 'DISCONNECTED', reason: 'nothing is heard of robot', sinceUs: 0 } })).toMatchObject({ word: 'DISCONNECTED', detail: 'nothing is heard of robot' });
  });
});
