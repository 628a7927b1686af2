import { z } from 'zod';

/** The cameras of `station.yaml`: what each kind can be told. */

/** Encoders take pictures two by two. */
export const evenSize = z.int().min(2).max(4096).multipleOf(2);
/** Null: the session's fps. */
const fps = z.number().min(1).max(120).nullable().default(null);
/** How long a picture is on its way before this program sees it, where the camera cannot say: taken off its time of arrival. */
const latency = z.number().min(0).max(5000).default(0);

export const TEST_CAMERA_VIEWS = ['front', 'wrist', 'scene'] as const;
export type TestCameraView = (typeof TEST_CAMERA_VIEWS)[number];

const testCamera = z.strictObject({
  kind: z.literal('test'),
  width: evenSize.min(160).default(640),
  height: evenSize.min(120).default(480),
  fps,
  /** Null: the view of the camera's name, else `front`. */
  view: z.enum(TEST_CAMERA_VIEWS).nullable().default(null),
});

/** A camera that Chromium can open: USB, built in. */
const webcam = z.strictObject({
  kind: z.literal('webcam'),
  /** Part of its label, or its id, both as `--list-cameras` prints them; null: the first one. */
  device: z.string().min(1).max(256).nullable().default(null),
  width: evenSize.default(640),
  height: evenSize.default(480),
  fps,
  latency_ms: latency,
});

export const COMMAND_FORMATS = ['mjpeg', 'rgb24', 'i420'] as const;
export type CommandFormat = (typeof COMMAND_FORMATS)[number];

const commandCamera = z.strictObject({
  kind: z.literal('command'),
  /** Program and arguments; no shell reads them. A path with a slash is relative to the file. */
  run: z.array(z.string().max(4096)).min(1).max(256).refine(([program]) => program !== '', { error: 'the program has no name' }),
  /** What it writes to its standard output: JPEG pictures one after the other, or pixels without padding. */
  format: z.enum(COMMAND_FORMATS),
  /** Null: the pictures', which only JPEG ones can say. */
  width: evenSize.nullable().default(null),
  height: evenSize.nullable().default(null),
  fps,
  latency_ms: latency,
});

export const cameraSchema = z
  .discriminatedUnion('kind', [testCamera, webcam, commandCamera])
  .superRefine((camera, { addIssue }) => {
    if (camera.kind !== 'command') return;
    const needs = camera.format === 'mjpeg' ? [] : (['width', 'height', 'fps'] as const);
    for (const key of needs) {
      if (camera[key] === null) addIssue({ code: 'custom', path: [key], message: `${key} is needed with format ${camera.format}: pixels do not say how they lie` });
    }
    if ((camera.width === null) !== (camera.height === null)) addIssue({ code: 'custom', path: [camera.width === null ? 'width' : 'height'], message: 'give width and height, or neither' });
  });

/** `name` is the key it stands under, and a track of the portal configuration. */
export type CameraConfig = z.infer<typeof cameraSchema> & { name: string };
export type WebcamConfig = z.infer<typeof webcam> & { name: string };
export type CommandCameraConfig = z.infer<typeof commandCamera> & { name: string };
export type TestCameraConfig = z.infer<typeof testCamera> & { name: string };

const KINDS: Readonly<Record<string, { shape: object }>> = { test: testCamera, webcam, command: commandCamera };
export const CAMERA_KINDS: readonly string[] = Object.keys(KINDS);

/** The keys a camera of that kind has; of every kind where it is none. */
export function cameraKeys(kind: unknown): readonly string[] {
  const known = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? [KINDS[kind]] : Object.values(KINDS);
  return [...new Set(known.flatMap((one) => Object.keys(one?.shape ?? {})))];
}

/** A test camera with nothing said but its name. */
export function defaultCamera(name: string): TestCameraConfig {
  return { name, ...testCamera.parse({ kind: 'test' }) };
}
