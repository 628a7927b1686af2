// A camera for `kind: command`: writes the files named, in turn, to standard output. Options before the files:
//   --fps N       so many a second; 0 = as fast as the pipe takes them (default 30)
//   --end-after N ends with code 3 after N pictures, with a last word on standard error
//   --stall-after N goes on running, but writes no more
//   --offset N    leaves out the first N bytes of the first picture, as a program that was joined in the middle
//   --hold FILE   writes nothing while FILE is there
//   --deaf        does not listen to SIGTERM
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { fps: text, 'end-after': text, 'stall-after': text, offset: text, hold: text, deaf: { type: 'boolean' } },
});
const fps = Number(values.fps ?? 30);
const endAfter = Number(values['end-after'] ?? Infinity);
const stallAfter = Number(values['stall-after'] ?? Infinity);
if (values.deaf) process.on('SIGTERM', () => undefined);
const pictures = positionals.map((file) => readFileSync(file));
process.stderr.write('film begins\n');
setInterval(() => undefined, 1000);

let count = 0;
function writeNext() {
  if (values.hold !== undefined && existsSync(values.hold)) return;
  if (count >= stallAfter) return;
  if (count >= endAfter) {
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
