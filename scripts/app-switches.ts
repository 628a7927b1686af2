/**
 * What the runtime must hear on its command line on this machine; inside the app it would be too late. `headless` = a role
 * that shows no window.
 */
export function appSwitches(headless: boolean, env: NodeJS.ProcessEnv = process.env): string[] {
  // Chromium's own complaints about a missing bus or GPU are not for the person who drives a robot.
  const switches = env.PORTAL_CONSOLE_CHROMIUM_LOG === '1' ? [] : ['--log-level=3'];
  if (process.platform !== 'linux') return switches;
  // Chromium refuses to run as root inside its sandbox.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) switches.push('--no-sandbox');
  // Two processes that stand by to be copied into windows, which a headless role does not have; with the sandbox they must be there.
  if (isRoot && headless) switches.push('--no-zygote');
  const display = env.DISPLAY ?? env.WAYLAND_DISPLAY ?? '';
  if (headless && display === '') switches.push('--ozone-platform=headless');
  if (headless || env.PORTAL_CONSOLE_VIRTUAL_DISPLAY === '1') switches.push('--disable-gpu');
  return switches;
}

/** The environment for the app: quiet where there is no session bus to talk to. */
export function appEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { ELECTRON_RUN_AS_NODE: _asNode, ...rest } = env;
  if (process.platform === 'linux' && !rest.DBUS_SESSION_BUS_ADDRESS) rest.DBUS_SESSION_BUS_ADDRESS = 'disabled:';
  return rest;
}
