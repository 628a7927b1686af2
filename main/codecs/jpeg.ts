import { createRequire } from 'node:module';
import { PortalError } from '../../shared/portal/errors.ts';
import type { FrameCodec, RgbImage } from '../../shared/portal/frame-codec.ts';

type JpegTurbo = typeof import('@julusian/jpeg-turbo');

/** The library's own words, read before its native part is loaded. */
interface Binding {
  napi_versions: readonly number[];
}

// Not called require: the app's bundle has one of its own.
const fromHere = createRequire(import.meta.url);
let loaded: JpegTurbo | null = null;

/** Whether this runtime can load the library at all: a binding made for a later Node-API ends the whole process. */
export function canLoadJpeg(): boolean {
  const { napi_versions } = fromHere('@julusian/jpeg-turbo/binding-options') as Binding;
  return Math.min(...napi_versions) <= Number(process.versions['napi']);
}

/** The native library, loaded with the first frame. */
function jpegTurbo(): JpegTurbo {
  loaded ??= fromHere('@julusian/jpeg-turbo') as JpegTurbo;
  return loaded;
}

/** PORT FrameCodec for MJPEG: baseline JPEG, 4:2:0. The work is done in the runtime's own threads. */
export class JpegCodec implements FrameCodec {
  async encode({ width, height, rgbBorrow }: RgbImage, quality: number): Promise<Uint8Array> {
    const jpeg = jpegTurbo();
    return guarded('made', () => jpeg.compress(bufferOf(rgbBorrow), { format: jpeg.FORMAT_RGB, subsampling: jpeg.SAMP_420, width, height, quality }));
  }

  async decode(payload: Uint8Array, width: number, height: number): Promise<Uint8Array> {
    const jpeg = jpegTurbo();
    const pixels = new Uint8Array(3 * width * height);
    await guarded('read', async () => {
      const found = await jpeg.decompress(bufferOf(payload), bufferOf(pixels), { format: jpeg.FORMAT_RGB });
      if (found.width !== width || found.height !== height) throw new Error(`the picture is ${found.width}×${found.height}`);
    });
    return pixels;
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The library throws and rejects with texts like `No error`. */
async function guarded<T>(what: 'made' | 'read', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw new PortalError('FRAME_INVALID', `a JPEG could not be ${what}`, { got: thrown instanceof Error ? thrown.message : String(thrown), cause: thrown });
  }
}
