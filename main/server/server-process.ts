import { spawn, type ChildProcess } from 'node:child_process';

/** Lines of the server's log that are kept to explain a failure. */
const LOG_TAIL_LINES = 40;
const STOP_TIMEOUT_MS = 6_000;

/**
 * Runs the server and watches its own input: when that closes, because we said so or because this process died in any way,
 * SIGKILL included, the server goes. Its first TERM waits for everybody to leave, a second one does not.
 */
const WATCHED_RUN = `
exec 3<&0
"$1" </dev/null 3<&- &
server=$!
( while read -r _ <&3; do :; done; kill -TERM $server; sleep 0.3; kill -TERM $server; sleep 2; kill -KILL $server ) >/dev/null 2>&1 &
watcher=$!
wait $server
status=$?
kill $watcher 2>/dev/null
exit $status
`;

export interface ServerProcess {
  /** Process id of the server or of the shell that watches over it. */
  pid: number;
  /** Resolves when it is gone, whatever the cause. */
  exited: Promise<void>;
  hasExited(): boolean;
  logTail(): string;
  /** Graceful, then forceful. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts the server's program; `env` carries its configuration, since arguments are readable by everybody on the machine. */
export function runServer(program: string, env: NodeJS.ProcessEnv): ServerProcess {
  const isWindows = process.platform === 'win32';
  const child = isWindows
    ? spawn(program, [], { env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true })
    : // A process group of its own: Ctrl-C in a terminal must reach us first, so that sessions end before their server.
      spawn('/bin/sh', ['-c', WATCHED_RUN, 'livekit-server', program], { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const tail = keepTail(child);
  let isGone = false;
  const exited = new Promise<void>((resolve) => {
    const gone = (): void => {
      isGone = true;
      resolve();
    };
    child.once('error', (error) => {
      tail.push(error.message);
      gone();
    });
    child.once('exit', gone);
  });
  // A server that died closes the pipe; the exit says so, the write error would only repeat it.
  child.stdin?.on('error', () => undefined);
  return {
    pid: child.pid ?? 0,
    exited,
    hasExited: () => isGone,
    logTail: () => tail.join('\n'),
    stop: () => stop(child, exited, () => isGone),
  };
}

async function stop(child: ChildProcess, exited: Promise<void>, isGone: () => boolean): Promise<void> {
  if (isGone()) return;
  child.stdin?.end();
  if (process.platform === 'win32') child.kill();
  const timer = setTimeout(() => killGroup(child), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  } catch {
    // Gone in between, which is what was wanted.
  }
}

function keepTail(child: ChildProcess): string[] {
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-4000);
      tail.push(...lines);
      tail.splice(0, tail.length - LOG_TAIL_LINES);
    });
  }
  return tail;
}
