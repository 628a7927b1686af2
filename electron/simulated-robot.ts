import { app } from 'electron';
import type { StartSimulatedRobot } from '../main/ports.ts';
import { simulatedRobots } from './robot-process.ts';

/** Switches that a second process of this program needs as much as the first one did. */
const HANDED_ON = ['no-sandbox', 'disable-gpu'];

/** Robot hosts of this very program, packaged or not. They open no window and so need no display. */
export function startSimulatedRobot(): StartSimulatedRobot {
  const switches = HANDED_ON.filter((name) => app.commandLine.hasSwitch(name)).map((name) => `--${name}`);
  if (process.platform === 'linux') switches.push('--ozone-platform=headless');
  return simulatedRobots({ command: process.execPath, leading: [...switches, ...(app.isPackaged ? [] : [app.getAppPath()])], env: process.env });
}
