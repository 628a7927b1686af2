// A camera for `kind: command`: writes the files named, in turn, to standard output. Options before the files:
//   --fps N       so many a second; 0 = as fast as the pipe takes them (default 30)
//   --end-after N ends with code 3 after N pictures, with a last word on standard error
//   --end-at FILE ends so as soon as FILE is there
//   --stall-after N goes on running, but writes no more
//   --offset N    leaves out the first N bytes of the first picture, as a program that was joined in the middle
//   --hold FILE   writes nothing while FILE is there
//   --deaf        does not listen to SIGTERM
//   --hang FILE   its parent does not learn of its end before the process is killed whose number it writes to FILE; not where FILE is there (Linux)
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { fps: text, 'end-after': text, 'end-at': text, 'stall-after': text, offset: text, hold: text, hang: text, deaf: { type: 'boolean' } },
});
const fps = Number(values.fps ?? 30);
const endAfter = Number(values['end-after'] ?? Infinity);
const stallAfter = Number(values['stall-after'] ?? Infinity);
if (values.deaf) process.on('SIGTERM', () => undefined);
if (values.hang !== undefined && !existsSync(values.hang)) await hang(values.hang);
const pictures = positionals.map((file) => readFileSync(file));
process.stderr.write('film begins\n');
setInterval(() => undefined, 1000);

let count = 0;
function writeNext() {
  if (values.hold !== undefined && existsSync(values.hold)) return;
  if (count >= stallAfter) return;
  if (count >= endAfter || (values['end-at'] !== undefined && existsSync(values['end-at']))) {
    process.stderr.write('no such device: /dev/video9\n');
    process.exit(3);
  }
  const picture = pictures[count % pictures.length];
  const bytes = count === 0 ? picture.subarray(Number(values.offset ?? 0)) : picture;
  count += 1;
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') process.exit(1);
    }
  }
}
if (fps > 0) setInterval(writeNext, 1000 / fps);
else {
  const again = () => {
    writeNext();
    setImmediate(again);
  };
  again();
}

/** The one that holds back the end is in a session of its own: what kills this program and its group must leave it alone. */
async function hang(file) {
  const koffi = (await import('koffi')).default;
  // Where only a parent may trace, this allows it to anybody.
  const [PR_SET_PTRACER, ANY] = [0x59616d61, -1];
  koffi.load('libc.so.6').func('int prctl(int option, long a, long b, long c, long d)')(PR_SET_PTRACER, ANY, 0, 0, 0);
  const holder = spawn(process.execPath, [join(import.meta.dirname, 'hold-exit.mjs'), String(process.pid)], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  writeFileSync(file, String(holder.pid));
}
