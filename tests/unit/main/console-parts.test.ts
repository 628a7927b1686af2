import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createChoiceFile } from '../../../main/choice-file.ts';
import { ConsoleStore } from '../../../main/console-store.ts';
import { driverOf, hostStateOf, leaderFeatures, rosterList } from '../../../main/console-view.ts';
import { builtinPortalConfig } from '../../../main/builtin-schema.ts';
import { EventLog } from '../../../main/event-log.ts';
import { HealthMeters } from '../../../main/health.ts';
import { toValues } from '../../../main/joint-schema.ts';
import { createRecentFile } from '../../../main/recent-file.ts';
import { createStationFile } from '../../../main/station-file.ts';
import { withRecent } from '../../../main/recent-sessions.ts';
import { OTHER_SCHEMA, type ConsolePatch, type ConsoleState, type RecentSession } from '../../../shared/console-state.ts';
import { defaultChoice } from '../../../shared/leader-choice.ts';
import type { HostState } from '../../../shared/portal/host-state.ts';
import { ManualClock } from './manual-clock.ts';

const EMPTY = { revision: 0, phase: 'start', roster: [], events: [] } as unknown as ConsoleState;
const NO_LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('the console state', () => {
  function bench(): { store: ConsoleStore; patches: ConsolePatch[]; clock: ManualClock } {
    const clock = new ManualClock();
    const patches: ConsolePatch[] = [];
    return { store: new ConsoleStore(EMPTY, clock, (patch) => patches.push(patch)), patches, clock };
  }

  it('goes out at once with the next revision, and not at all when nothing changed', () => {
    const { store, patches } = bench();
    store.set({ phase: 'connecting' });
    store.set({ phase: 'connecting' });
    expect(patches).toEqual([{ revision: 1, changed: { phase: 'connecting' } }]);
    expect(store.state).toMatchObject({ revision: 1, phase: 'connecting' });
  });

  it('holds figures back for 100 ms and keeps the newest', () => {
    const { store, patches, clock } = bench();
    for (let at = 0; at < 1000; at += 10) {
      store.setSoon({ appVersion: `${at}` });
      clock.advance(10);
    }
    expect(patches.length).toBeGreaterThanOrEqual(9);
    expect(patches.length).toBeLessThanOrEqual(10);
    expect(patches.map((patch) => patch.revision)).toEqual(patches.map((_, index) => index + 1));
  });

  it('keeps the order: what waited goes along with what cannot wait', () => {
    const { store, patches, clock } = bench();
    store.setSoon({ appVersion: '1' });
    store.set({ phase: 'connected' });
    clock.advance(1000);
    expect(patches).toEqual([{ revision: 1, changed: { appVersion: '1', phase: 'connected' } }]);
  });
});

describe('the event log', () => {
  it('counts what repeats and keeps the last 200 lines', () => {
    const log = new EventLog();
    for (let index = 0; index < 3; index += 1) log.add('warn', 'sync-drop', 'a state was dropped', index);
    expect(log.events).toEqual([{ id: 1, timestampUs: 2, level: 'warn', tag: 'sync-drop', text: 'a state was dropped', count: 3 }]);
    for (let index = 0; index < 300; index += 1) log.add('info', 'peer', `p${index}`, index);
    expect(log.events).toHaveLength(200);
    expect(log.events.at(-1)).toMatchObject({ text: 'p299', id: 301 });
    log.add('info', 'peer', 'p298', 400);
    expect(log.events.at(-1)).toMatchObject({ text: 'p298', count: 1 });
  });

  it('keeps a warning that comes again and again as one line, newest, with how often it happened', () => {
    const log = new EventLog();
    log.add('warn', 'publish-full', 'front is too fast', 1, 4);
    log.add('info', 'peer', 'ann joined', 2);
    log.add('warn', 'publish-full', 'front is too fast', 3, 250);
    expect(log.events.map(({ text, timestampUs, count }) => [text, timestampUs, count])).toEqual([['ann joined', 2, 1], ['front is too fast', 3, 254]]);
  });
});

describe('the last sessions', () => {
  const session = (id: string, name = id): RecentSession => ({ id, url: 'ws://x', session: name, identity: 'ann', auth: 'key', portalFile: null, hasSecret: true, lastUsedUs: 1 });

  it('are unique by place and name, newest first, at most eight', () => {
    let list: RecentSession[] = [];
    const dropped: string[] = [];
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) {
      const next = withRecent(list, session(id));
      list = next.list;
      dropped.push(...next.dropped.map((old) => old.id));
    }
    expect(list.map((recent) => recent.id)).toEqual(['i', 'h', 'g', 'f', 'e', 'd', 'c', 'b']);
    expect(dropped).toEqual(['a']);
    expect(withRecent(list, session('d')).list.map((recent) => recent.id)).toEqual(['d', 'i', 'h', 'g', 'f', 'e', 'c', 'b']);
  });

  it('survive a restart; a damaged file is an empty list', () => {
    const folder = mkdtempSync(join(tmpdir(), 'recent-'));
    try {
      const file = createRecentFile(join(folder, 'new'), NO_LOG);
      expect(file.load()).toEqual([]);
      file.save([session('a')]);
      expect(createRecentFile(join(folder, 'new'), NO_LOG).load()).toEqual([session('a')]);
      expect(readFileSync(join(folder, 'new', 'recent-sessions.json'), 'utf8')).not.toContain('secret"');
      writeFileSync(join(folder, 'new', 'recent-sessions.json'), '[{ "id": 3 }, {');
      expect(file.load()).toEqual([]);
      writeFileSync(join(folder, 'new', 'recent-sessions.json'), JSON.stringify([{ id: 3 }, session('b')]));
      expect(file.load()).toEqual([session('b')]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('health figures', () => {
  it('measure observation to action by arrivals here, so that clocks do not matter', () => {
    const meters = new HealthMeters();
    for (let tick = 0; tick < 20; tick += 1) {
      meters.stateArrived(1_000 + tick, 50_000_000 + tick * 33_000);
      meters.actionSeen(1_000 + tick, 50_000_000 + tick * 33_000 + 12_000);
      meters.actionSent('policy', 50_000_000 + tick * 33_000 + 12_000);
      meters.framePresented(50_000_000 + tick * 33_000, 50_000_000 + tick * 33_000 + 40_000);
    }
    const metrics = { rtt: { rtt_us_last: 2500 } } as Parameters<HealthMeters['health']>[0];
    expect(meters.health(metrics, 50_700_000)).toEqual({
      observationsPerS: 0,
      statesPerS: 10,
      actionsPerS: 10,
      captureToScreenP50Ms: 40,
      captureToScreenP95Ms: 40,
      observationToActionP50Ms: 12,
      observationToActionP95Ms: 12,
      rttMs: 2.5,
    });
    expect(meters.actionsPerS('policy', 50_700_000)).toBe(10);
    expect(meters.actionsPerS('ann', 50_700_000)).toBeNull();
    meters.driverChanged();
    expect(meters.health(metrics, 60_000_000)).toMatchObject({ statesPerS: 0, observationToActionP50Ms: null });
  });
});

describe('what the window is shown', () => {
  const before: HostState = { word: 'ACTIVE', reason: '', sinceUs: 5 };
  const input = { robot: 'r', told: null, driver: null, silentSinceUs: null, unreadable: null, before, nowUs: 9 };

  it('says DISCONNECTED of a robot that is silent or gone, whatever it said last', () => {
    const told: HostState = { word: 'ACTIVE', reason: '', sinceUs: 1 };
    expect(hostStateOf({ ...input, told })).toBe(told);
    expect(hostStateOf({ ...input, told, silentSinceUs: 3 })).toEqual({ word: 'DISCONNECTED', reason: 'nothing is heard of r', sinceUs: 3 });
    expect(hostStateOf({ ...input, robot: null })).toMatchObject({ word: 'DISCONNECTED', reason: 'no robot is in the session' });
  });

  it('says of a robot with another schema that it is not understood, instead of calling it silent', () => {
    expect(hostStateOf({ ...input, silentSinceUs: 3, unreadable: OTHER_SCHEMA })).toMatchObject({ word: 'DISCONNECTED', reason: OTHER_SCHEMA });
  });

  it('finds a word for robots that have none of their own, and keeps its time', () => {
    expect(hostStateOf({ ...input, driver: 'ann' })).toBe(before);
    expect(hostStateOf(input)).toEqual({ word: 'HOLDING', reason: 'this robot does not tell what it does without a driver', sinceUs: 9 });
  });

  it('lists the robot, you, then the others by name', () => {
    const roster = rosterList({ me: 'me', robot: 'r', operators: ['z', 'me', 'a'], driver: 'z', rate: () => null });
    expect(roster.map((entry) => `${entry.identity}${entry.isDriving ? '*' : ''}`)).toEqual(['r', 'me', 'a', 'z*']);
  });

  it('keeps the time of a driver that did not change', () => {
    const you = driverOf('me', 'me', { kind: 'nobody', identity: null, sinceUs: null }, 7);
    expect(you).toEqual({ kind: 'you', identity: 'me', sinceUs: 7 });
    expect(driverOf('me', 'me', you, 9)).toBe(you);
    expect(driverOf('me', 'bob', you, 9)).toMatchObject({ kind: 'other', sinceUs: 9 });
  });

  it('gives the leader the ranges the robot tells, else those of the arm', () => {
    const portal = builtinPortalConfig('s', ['front']);
    expect(leaderFeatures(portal, null)[0]).toMatchObject({ name: 'shoulder_pan.pos', min: -110, max: 110 });
    const description = { joints: [{ name: 'shoulder_pan.pos', min: 10, max: 20, unit: 'deg' }] } as Parameters<typeof leaderFeatures>[1];
    expect(leaderFeatures(portal, description)[0]).toEqual({ name: 'shoulder_pan.pos', min: 10, max: 20, unit: 'deg', rest: 10 });
  });
});

describe('positions as values', () => {
  it('are whole numbers where the schema says so', () => {
    const fields = [{ name: 'a', dtype: 'f32' }, { name: 'b', dtype: 'i16' }, { name: 'c', dtype: 'f64' }] as const;
    expect(toValues(fields, { a: 1.6, b: 1.6 })).toEqual({ a: 1.6, b: 2 });
  });
});

describe('the chosen station file', () => {
  it('is kept until it is forgotten; a file that is broken or of another version is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'portal-station-'));
    try {
      const store = createStationFile(join(folder, 'new'), NO_LOG);
      expect(store.load()).toBeNull();
      store.save('/arms/station.yaml');
      expect(createStationFile(join(folder, 'new'), NO_LOG).load()).toBe('/arms/station.yaml');
      store.save(null);
      expect(store.load()).toBeNull();
      for (const broken of ['{', '[]', 'null', '{}', '{"configFile":7}', '{"configFile":""}', `{"configFile":"${'x'.repeat(5000)}"}`]) {
        writeFileSync(join(folder, 'new', 'hosting.json'), broken);
        expect(store.load(), broken.slice(0, 30)).toBeNull();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the chosen leader', () => {
  it('is kept in a file; one that is broken or of another version counts as far as it can', () => {
    const folder = mkdtempSync(join(tmpdir(), 'portal-choice-'));
    try {
      const store = createChoiceFile(join(folder, 'new'), NO_LOG);
      expect(store.load()).toBeNull();
      const choice = { ...defaultChoice('so101'), port: 'usb:AB12', calibration: '/arms/leader.json', engage: 'guide', deadman: true } as const;
      store.save(choice);
      expect(store.load()).toEqual(choice);
      const path = join(folder, 'new', 'leader.json');
      writeFileSync(path, '{"kind":"keyboard","engage":"teleport","port":7}');
      expect(store.load()).toEqual(defaultChoice('keyboard'));
      for (const broken of ['{', '[]', 'null', '{"kind":"wand"}']) {
        writeFileSync(path, broken);
        expect(store.load(), broken).toBeNull();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
