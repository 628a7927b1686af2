import { expect, it } from 'vitest';
import { parseStationYaml } from '../../../shared/station-config.ts';
import { stationInWords } from '../../../shared/station-words.ts';

const words = (yaml: string): string => stationInWords(parseStationYaml(yaml)).map(({ about, text }) => `${about}: ${text}`).join('\n');

it('says what a machine without a file does, and marks what anyone may do', () => {
  const lines = stationInWords(parseStationYaml(''));
  expect(lines.map(({ about }) => about)).toEqual(['Arm', 'Cameras', 'Who may drive', 'Safety']);
  expect(lines.filter(({ isNote }) => isNote).map(({ about }) => about)).toEqual(['Who may drive']);
});

it('says arm, cameras, policy and safety of a file', () => {
  const text = words(`follower: { kind: so100_follower, port: /dev/ttyACM0, calibration: arm.json }
units: m100_100
cameras:
  a: { kind: webcam }
  b: { kind: command, run: [/usr/bin/rpicam-vid, -o, "-"], format: i420, width: 640, height: 480, fps: 30 }
claim: { identities: [policy], supervisors: [boss] }
safety: { hold_after_ms: 500, on_exit: park }
`);
  expect(text).toContain('Arm: SO-100 follower on /dev/ttyACM0, arm.json, in −100 to 100');
  expect(text).toContain('Camera a: the first webcam, 640×480');
  expect(text).toContain('Camera b: program rpicam-vid, i420, 640×480, 30 a second');
  expect(text).toContain('Who may drive: policy, boss; boss may clear STOP');
  expect(text).toMatch(/holds after 500 ms of silence.*parks when hosting ends/u);
});

it.each([
  ['{}', 'holds when hosting ends, or parks where a rest pose was captured'],
  ['{ rest: { gripper: 0 } }', 'parks when hosting ends'],
  ['{ rest: { gripper: 0 }, on_exit: hold }', 'holds when hosting ends'],
  ['{ on_exit: release }', 'lets go when hosting ends'],
])('says what happens in the end under %s', (safety, text) => {
  expect(words(`safety: ${safety}\n`)).toMatch(new RegExp(`second, ${text}$`, 'mu'));
});

it.each([
  ['{ policy: host-only }', 'nobody from outside'],
  ['{ policy: listed }', 'nobody: the list is empty'],
  ['{ policy: supervisors-and-holder, supervisors: [boss] }', 'whom a supervisor or the present driver gives control; boss may clear STOP'],
])('says who may drive under %s', (claim, text) => {
  expect(words(`claim: ${claim}\n`)).toContain(`Who may drive: ${text}`);
});
