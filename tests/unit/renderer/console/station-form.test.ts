import { expect, test } from 'vitest';
import { freeTrack, namesIn, offerOf, trackTrouble, webcamFor } from '../../../../renderer/console/station-form.ts';
import type { DraftCamera } from '../../../../shared/station-config-draft.ts';
import type { WebcamOffer } from '../../../../shared/station-setup.ts';

const sizes = (...all: [number, number][]): WebcamOffer['sizes'] => all.map(([width, height]) => ({ width, height, maxFps: 30 }));
const offer = (device: string, ...all: [number, number][]): WebcamOffer => ({ device, sizes: sizes(...all), trouble: null });
const camera = (track: string, device: string | null = null): DraftCamera => ({ kind: 'webcam', track, device, width: 640, height: 480, fps: null });

test('a camera gets a name that none has', () => {
  expect(freeTrack([])).toBe('front');
  expect(freeTrack([camera('front')])).toBe('wrist');
  expect(freeTrack(['front', 'wrist', 'top', 'side', 'camera-1'].map((name) => camera(name)))).toBe('camera-2');
});

test.each<[string, [number, number][], [number, number]]>([
  ['the usual size where it is there', [[1920, 1080], [640, 480], [320, 240]], [640, 480]],
  ['the largest below it where it is not', [[1280, 720], [640, 360], [320, 240]], [640, 360]],
  ['the smallest where all are larger', [[1920, 1080], [1280, 720]], [1280, 720]],
  ['the usual one where nothing is known', [], [640, 480]],
  ['an even one', [[639, 479], [320, 240]], [320, 240]],
])('a webcam is taken with %s', (_name, given, [width, height]) => {
  expect(webcamFor(offer('Cam', ...given), [])).toEqual({ kind: 'webcam', track: 'front', device: 'Cam', width, height, fps: null });
});

test('a camera is found by its name, by a part of it, and without one as the first', () => {
  const offers = [offer('USB Camera (1)'), offer('USB Camera (1) #2'), offer('Logitech')];
  expect(offerOf(camera('a', 'usb camera (1) #2'), offers)?.device).toBe('USB Camera (1) #2');
  expect(offerOf(camera('a', 'logi'), offers)?.device).toBe('Logitech');
  expect(offerOf(camera('a'), offers)?.device).toBe('USB Camera (1)');
  expect(offerOf(camera('a', 'gone'), offers)).toBeNull();
  expect(offerOf({ kind: 'test', track: 'a', width: 640, height: 480, fps: null }, offers)).toBeNull();
});

test('names are those between commas, once each', () => {
  expect(namesIn(' a, b ,,a\nc ')).toEqual(['a', 'b', 'c']);
  expect(namesIn('')).toEqual([]);
});

test('a camera without a name, or with another’s, is wrong', () => {
  expect(trackTrouble('front', [camera('front')])).toBe('');
  expect(trackTrouble(' ', [])).not.toBe('');
  expect(trackTrouble('front', [camera('front'), camera('front ')])).not.toBe('');
  expect(trackTrouble('x'.repeat(257), [])).not.toBe('');
});
