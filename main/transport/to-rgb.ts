import { VideoBufferType } from '@livekit/rtc-ffi-bindings';
import type { VideoConvertResponse } from '@livekit/rtc-ffi-bindings';
import { PortalError } from '../../shared/portal/errors.ts';
import type { VideoFrame } from '../../shared/portal/types.ts';
import { dropHandle, ffiRequest } from './ffi-client.ts';
import { copyPixels, describeFrame } from './video-buffer.ts';

/** RGB24 of a picture, by the engine's own conversion: the colours are those its WebRTC tracks have. Throws FRAME_INVALID. */
export function toRgb(frame: VideoFrame): Uint8Array {
  const { message } = ffiRequest<VideoConvertResponse>({ case: 'videoConvert', value: { buffer: describeFrame(frame), dstType: VideoBufferType.RGB24 } });
  if (message.case !== 'buffer') {
    throw new PortalError('FRAME_INVALID', `a frame of track '${frame.track}' could not be converted`, { got: message.value ?? 'no reason given' });
  }
  try {
    const pixels = message.value.info === undefined ? null : copyPixels(message.value.info);
    if (pixels === null) throw new PortalError('FRAME_INVALID', `a frame of track '${frame.track}' was converted into another format`, { expected: 'rgb24' });
    return pixels.data;
  } finally {
    dropHandle(message.value.handle?.id);
  }
}
