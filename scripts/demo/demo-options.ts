import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PortalError } from '../../shared/portal/errors.ts';

export interface DemoOptions {
  help: boolean;
  /** Ends by itself after that long; null = with Ctrl-C or when the window is closed. */
  seconds: number | null;
  screenshot: string;
}

/** The tour takes this long; less would end the demo before the loop can have closed. */
export const SHORTEST_DEMO_S = 15;

export const DEMO_HELP = `npm run demo [-- --seconds N] [--screenshot FILE]

Sets up what is missing, then runs the whole loop on this machine, each part a process of its own: a LiveKit server, a robot
host with a simulated arm and camera, a scripted policy, and the console window, in which you can take over.

  --seconds N        end by itself after N seconds (at least ${SHORTEST_DEMO_S}); a tour clicks through the handover, and the exit code is
                     0 only if actions were executed, observations received and control handed over and back
  --screenshot FILE  where the tour saves its picture; default out/demo.png

Without a display the window is on a virtual one, the tour is given, and a line a second says how the loop stands.
`;

/** Throws USAGE. */
export function parseDemoOptions(argv: readonly string[], root: string): DemoOptions {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { seconds: { type: 'string' }, screenshot: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
      strict: true,
    });
    const seconds = values.seconds === undefined ? null : Number(values.seconds);
    if (seconds !== null && !(seconds >= SHORTEST_DEMO_S && seconds <= 86_400)) throw new Error(`--seconds needs a number from ${SHORTEST_DEMO_S} to 86400, got ${values.seconds ?? ''}`);
    return { help: values.help === true, seconds, screenshot: resolve(root, values.screenshot ?? 'out/demo.png') };
  } catch (error) {
    throw new PortalError('USAGE', error instanceof Error ? error.message : String(error), { fix: 'See npm run demo -- --help.', cause: error });
  }
}
