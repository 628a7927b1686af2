import { app } from 'electron';
import type { StartRobotHost, StartSimulatedRobot } from '../main/ports.ts';
import { hostedRobots } from './hosted-robot.ts';
import { simulatedRobots, type ProgramStart } from './robot-process.ts';

/** Switches that a second process of this program needs as much as the first one did; the last two are Chromium's made-up webcams, for tests. */
const HANDED_ON = ['no-sandbox', 'disable-gpu', 'use-fake-device-for-media-stream', 'use-file-for-fake-video-capture'];

/** Robot hosts of this very program, packaged or not. They show no window and so need no display. */
export function startSimulatedRobot(env: NodeJS.ProcessEnv): StartSimulatedRobot {
  return simulatedRobots(thisProgram(env));
}

export function startHostedRobot(env: NodeJS.ProcessEnv): StartRobotHost {
  return hostedRobots(thisProgram(env));
}

function thisProgram(env: NodeJS.ProcessEnv): ProgramStart {
  const switches = HANDED_ON.filter((name) => app.commandLine.hasSwitch(name)).map((name) => withValue(name, app.commandLine.getSwitchValue(name)));
  if (process.platform === 'linux') {
    switches.push('--ozone-platform=headless');
    // Two processes that stand by to be copied into windows; with the sandbox they must be there.
    if (app.commandLine.hasSwitch('no-sandbox')) switches.push('--no-zygote');
  }
  return { command: process.execPath, leading: [...switches, ...(app.isPackaged ? [] : [app.getAppPath()])], env };
}

function withValue(name: string, value: string): string {
  return value === '' ? `--${name}` : `--${name}=${value}`;
}
