import { expect, test } from 'vitest';
import { parseStationYaml } from '../../../shared/station-config.ts';
import { draftOf, stationDraft, type StationDraft } from '../../../shared/station-config-draft.ts';
import { writeStation } from '../../../shared/station-config-text.ts';
import { cameraInWords } from '../../../shared/station-words.ts';

const FILE = '/robots/robot.yaml';
const read = (text: string): StationDraft => draftOf(parseStationYaml(text, { file: FILE }), cameraInWords);

const DRAFT: StationDraft = {
  arm: { kind: 'so101_follower', port: 'usb:58FA', calibration: '' },
  units: 'degrees',
  cameras: [
    { kind: 'webcam', track: 'front', device: 'USB Camera (0c45:6366) #2', width: 1280, height: 720, fps: 30 },
    { kind: 'test', track: 'wrist', width: 320, height: 240, fps: null },
  ],
  policy: null,
  identities: ['operator-1', 'policy: v1'],
  supervisors: [],
  onExit: 'park',
};

test('a new file says what the form says, no more, and the form reads it back', () => {
  const text = writeStation(null, DRAFT, FILE);
  expect(read(text)).toEqual(DRAFT);
  expect(parseStationYaml(text)).toMatchObject({ role: 'robot', claim: { policy: null }, safety: { on_exit: 'park', hold_after_ms: 300 } });
  expect(text).not.toMatch(/supervisors|units|policy: null|fps: null/u);
});

test.each<[string, Partial<StationDraft>]>([
  ['no cameras at all', { cameras: [] }],
  ['a simulated arm', { arm: { kind: 'sim_so101', port: '', calibration: '' } }],
  ['an arm as it was set up', { arm: { kind: 'so100_follower', port: '', calibration: '' }, units: 'm100_100' }],
  ['a policy of its own', { policy: 'supervisors-and-holder', identities: [], supervisors: ['boss'], onExit: null }],
  ['the first webcam', { cameras: [{ kind: 'webcam', track: 'top', device: null, width: 640, height: 480, fps: null }] }],
])('%s comes back as it was', (_name, changed) => {
  const draft = { ...DRAFT, ...changed };
  expect(read(writeStation(null, draft, FILE))).toEqual(draft);
});

const WRITTEN = `# the bench by the window
role: robot
session: bench
follower: { kind: so101_follower, port: /dev/ttyACM0, id: my_follower } # left arm
cameras:
  # bolted to the frame
  front: { kind: webcam, device: Old, width: 640, height: 480, latency_ms: 40 }
  side: { kind: command, run: [rpicam-vid, -o, "-"], format: mjpeg, latency_ms: 20 }
safety:
  limits: { shoulder_pan: [-60, 60] } # the wall
  on_exit: release
claim: { identities: [a], supervisors: [b] }
`;

test('what the form does not know stays in the file, comments too', () => {
  const draft = read(WRITTEN);
  const [front, side] = draft.cameras;
  if (front?.kind !== 'webcam' || side?.kind !== 'program') throw new Error('the form reads other cameras');
  const text = writeStation(WRITTEN, { ...draft, cameras: [{ ...front, device: 'New' }, side], identities: [], onExit: null }, FILE);
  const config = parseStationYaml(text);
  expect(config).toMatchObject({
    session: 'bench',
    follower: { port: '/dev/ttyACM0', id: 'my_follower' },
    cameras: { front: { device: 'New', latency_ms: 40 }, side: { run: ['rpicam-vid', '-o', '-'], latency_ms: 20 } },
    safety: { limits: { shoulder_pan: [-60, 60] } },
    claim: { identities: [], supervisors: ['b'] },
  });
  expect(parseStationYaml(text).safety.on_exit).toBeNull();
  for (const comment of ['the bench by the window', 'the wall', 'left arm', 'bolted to the frame']) expect(text).toContain(comment);
});

test('a calibration of its own takes the place of the name', () => {
  const draft = read(WRITTEN);
  const config = parseStationYaml(writeStation(WRITTEN, { ...draft, arm: { ...draft.arm, calibration: '/arms/left.json' } }, FILE));
  expect(config.follower).toEqual({ kind: 'so101_follower', port: '/dev/ttyACM0', calibration: '/arms/left.json' });
});

test('a program that is no longer in the file, and a file that is none, are refused', () => {
  const draft = read(WRITTEN);
  expect(() => writeStation(null, draft, FILE)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ got: 'side' }) }));
  expect(() => writeStation('follower: [', draft, FILE)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ file: FILE, line: expect.any(Number) }) }));
});

test('a draft with one name twice, or an odd size, is none', () => {
  expect(stationDraft.safeParse(DRAFT).success).toBe(true);
  const [front] = DRAFT.cameras;
  expect(stationDraft.safeParse({ ...DRAFT, cameras: [front, front] }).success).toBe(false);
  expect(stationDraft.safeParse({ ...DRAFT, cameras: [{ ...front, width: 641 }] }).success).toBe(false);
});
