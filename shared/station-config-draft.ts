import { z } from 'zod';
import { defaultCamera, evenSize } from './station-config-cameras.ts';
import { ARM_UNITS } from './station-config-leader.ts';
import { CLAIM_POLICIES, ON_EXIT, type StationConfig } from './station-config.ts';

/** What the window's form knows of a `station.yaml`: enough to host a robot without writing one. What else is in a file stays there. */

const name = z.string().min(1).max(256);
const path = z.string().max(4096);
const identities = z.array(name).max(1000);

const draftArm = z.object({
  kind: z.enum(['sim_so101', 'so101_follower', 'so100_follower']),
  /** A path, or `usb:SERIAL`; empty = whichever was set up on this machine. */
  port: path,
  /** Path of a calibration file; empty = the one it was set up with. */
  calibration: path,
});
export type DraftArm = z.infer<typeof draftArm>;

/** `program`: a `command` camera, which the form shows and can remove, but not make. */
const draftCamera = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('webcam'), track: name, device: z.string().min(1).max(256).nullable(), width: evenSize, height: evenSize, fps: z.number().min(1).max(120).nullable() }),
  z.object({ kind: z.literal('test'), track: name, width: evenSize.min(160), height: evenSize.min(120), fps: z.number().min(1).max(120).nullable() }),
  z.object({ kind: z.literal('program'), track: name, words: z.string().max(300) }),
]);
export type DraftCamera = z.infer<typeof draftCamera>;

export const stationDraft = z.object({
  arm: draftArm,
  units: z.enum(ARM_UNITS),
  cameras: z.array(draftCamera).max(16).refine((cameras) => new Set(cameras.map(({ track }) => track)).size === cameras.length, { error: 'two cameras have one name' }),
  /** Null = `listed` when identities are given, else `anyone`. */
  policy: z.enum(CLAIM_POLICIES).nullable(),
  identities,
  supervisors: identities,
  /** Null = the default. */
  onExit: z.enum(ON_EXIT).nullable(),
});
export type StationDraft = z.infer<typeof stationDraft>;

/** The form for what is in a file. `cameraWords` says a program's camera in words. */
export function draftOf(config: StationConfig, cameraWords: (camera: { name: string } & NonNullable<StationConfig['cameras']>[string]) => string): StationDraft {
  const { follower, claim } = config;
  return {
    arm: follower.kind === 'sim_so101' ? { kind: 'sim_so101', port: '', calibration: '' } : { kind: follower.kind, port: follower.port ?? '', calibration: follower.calibration ?? '' },
    units: config.units,
    cameras: Object.entries(config.cameras ?? { front: defaultCamera('front') }).map(([track, camera]): DraftCamera => {
      switch (camera.kind) {
        case 'webcam':
          return { kind: 'webcam', track, device: camera.device, width: camera.width, height: camera.height, fps: camera.fps };
        case 'test':
          return { kind: 'test', track, width: camera.width, height: camera.height, fps: camera.fps };
        case 'command':
          return { kind: 'program', track, words: cameraWords({ name: track, ...camera }) };
      }
    }),
    policy: claim.policy,
    identities: claim.identities,
    supervisors: claim.supervisors,
    onExit: config.safety.on_exit,
  };
}
