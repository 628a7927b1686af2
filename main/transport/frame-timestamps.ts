import { FrameMetadataFeature, type FrameMetadata, type TrackPublicationInfo } from '@livekit/rtc-ffi-bindings';

/** Publishing with this makes every frame of the track carry a timestamp of the sender's choice, through encoder and SFU. */
export const FRAME_TIMESTAMP_FEATURES = [FrameMetadataFeature.FMF_USER_TIMESTAMP];

/** The sender's timestamp of a received frame in µs; null when it attached none (0 counts as none). */
export function frameTimestampUs(metadata: FrameMetadata | undefined): number | null {
  const timestamp = metadata?.userTimestamp;
  return timestamp === undefined || timestamp === 0n ? null : Number(timestamp);
}

/** Whether the publisher announced a timestamp for every frame of the track. */
export function hasFrameTimestamps(info: TrackPublicationInfo): boolean {
  return info.frameMetadataFeatures.includes(FrameMetadataFeature.FMF_USER_TIMESTAMP);
}
