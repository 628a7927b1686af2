// Linux: keeps the end of a process from its parent, as a process that hangs in a driver does: node hold-exit.mjs PID. The system
// tells the end of a process first to whoever traces it, and this one never listens. Ends after a minute, or when it is killed:
// then the parent learns of the end.
import koffi from 'koffi';

const PTRACE_SEIZE = 0x4206;
const libc = koffi.load('libc.so.6');
const ptrace = libc.func('long ptrace(long request, int pid, void *address, void *data)');
if (ptrace(PTRACE_SEIZE, Number(process.argv[2]), null, null) !== 0) throw new Error(`the process cannot be traced: error number ${koffi.errno()}`);
process.stdout.write('held\n');
setTimeout(() => undefined, 60_000);
