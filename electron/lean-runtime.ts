import { setTimeout as delay } from 'node:timers/promises';
import { app } from 'electron';

/** Since the start. Where Chromium never says that its graphics have started, the end comes all the same; a busy machine needs seconds until they have. */
const GRAPHICS_DEADLINE_MS = 30_000;

/**
 * A role without a window keeps Chromium's helpers in its own process: on their own, GPU and network processes take as much memory
 * as everything a robot host does. A camera's offscreen window still gets its renderer. Before Electron is ready; later is too late.
 *
 * @returns what to await before `app.exit`: an exit while the graphics thread is still starting crashes the process in every third
 * run, and the exit code is lost. Never rejects.
 */
export function keepHelpersInside(): () => Promise<void> {
  app.commandLine.appendSwitch('in-process-gpu');
  app.commandLine.appendSwitch('enable-features', 'NetworkServiceInProcess2');
  // The first news of the graphics is that they have started.
  const started = new Promise<void>((resolve) => app.once('gpu-info-update', () => resolve()));
  const startedOrOverdue = Promise.race([started, delay(GRAPHICS_DEADLINE_MS)]);
  return () => startedOrOverdue;
}
