import { isScalar } from 'yaml';
import { DTYPES } from './portal/dtype.ts';
import { findConfigProblem, isWebRtcCodec, type PortalConfig, type PortalConfigInput, STALL_BEHAVIORS, validateConfig, VIDEO_CODECS, type VideoInput } from './portal/config.ts';
import { OperatorConfig, RobotConfig } from './portal/config-builder.ts';
import { PortalError } from './portal/errors.ts';
import { utf8ByteLength } from './portal/utf8.ts';
import { boolean, integer, list, map, name, number, optional, required, word } from './yaml-readers.ts';
import { describeNode, type YamlReader, YamlReading } from './yaml-reading.ts';

export interface PortalYamlOptions {
  /** The session's name: it is never in the file, so that both sides can share one. */
  session: string;
  /** Shown in errors. */
  file?: string;
}

/** A file larger than this is no portal.yaml, and parsing it would hold up everything else. */
const MAX_FILE_BYTES = 1024 * 1024;
const FILE_VERSION = 1;

const codec = word(VIDEO_CODECS, 'codec', { hevc: 'h265' });
const stall = word(STALL_BEHAVIORS, 'stall behaviour');
const fields = list(map({ name: required('name', name, 'a name'), dtype: required('dtype', word(DTYPES, 'dtype'), `one of ${DTYPES.join(', ')}`) }));

const version: YamlReader = (reading, node, path) => {
  if (isScalar(node) && String(node.value).trim() === String(FILE_VERSION)) return FILE_VERSION;
  throw reading.error(node, path.file, `${describeNode(node)} is not supported`, { expected: `version: ${FILE_VERSION}`, got: describeNode(node) });
};

const wholeFile = map({
  version: required('version', version, String(FILE_VERSION)),
  fps: optional('fps', integer),
  slack: optional('slack', integer),
  tolerance: optional('tolerance', number),
  state_reliable: optional('stateReliable', boolean),
  action_reliable: optional('actionReliable', boolean),
  reuse_stale_frames: optional('reuseStaleFrames', boolean),
  stall_behavior: optional('stallBehavior', stall),
  max_lag_ms: optional('maxLagMs', integer),
  ping_ms: optional('pingMs', integer),
  action_subscription: optional('actionSubscription', boolean),
  videos: optional(
    'videos',
    list(
      map({
        name: required('name', name, 'a name'),
        codec: required('codec', codec, `one of ${VIDEO_CODECS.join(', ')}`),
        quality: optional('quality', integer),
        max_bitrate_kbps: optional('maxBitrateKbps', integer),
        simulcast: optional('simulcast', boolean),
        screencast: optional('screencast', boolean),
        stall_behavior: optional('stallBehavior', stall),
        max_lag_ms: optional('maxLagMs', integer),
      }),
    ),
  ),
  state: optional('state', fields),
  action: optional('action', fields),
  action_chunks: optional('actionChunks', list(map({ name: required('name', name, 'a name'), horizon: required('horizon', integer, 'a whole number'), fields: required('fields', fields, 'a list of fields') }))),
});

/**
 * The config in a portal.yaml, exactly the peer's format. Throws YAML_INVALID with file, line, column and what is allowed
 * there, and CONFIG_INVALID for a bad session name.
 */
export function parsePortalYaml(text: string, options: PortalYamlOptions): PortalConfig {
  const file = options.file ?? 'portal.yaml';
  const bytes = text.length > MAX_FILE_BYTES ? text.length : utf8ByteLength(text);
  if (bytes > MAX_FILE_BYTES) {
    throw new PortalError('YAML_INVALID', 'the file is too large', { file, line: 1, column: 1, expected: `at most ${MAX_FILE_BYTES} bytes`, got: `${bytes}` });
  }
  const reading = new YamlReading(text, file);
  const { version: _version, reuseStaleFrames, ...read } = reading.readWith(wholeFile) as Record<string, unknown>;
  const input = { ...read, session: options.session } as PortalConfigInput;
  if (reuseStaleFrames === true) {
    // The old spelling of these two. As in the peer, what is written out wins, except that `drop` does not undo it.
    if ((input.stallBehavior ?? 'drop') === 'drop') input.stallBehavior = 'freeze';
    input.maxLagMs ??= 0;
  }
  refuseMediaOptions(reading, input.videos ?? []);
  const found = findConfigProblem(input);
  if (found !== null && found.path[0] !== 'session') {
    const place = reading.placeOf(found.path);
    throw reading.error(place.node, place.path, found.message, { expected: found.expected, got: found.got });
  }
  return validateConfig(input);
}

/** As `parsePortalYaml`, ready to be changed in code. */
export function robotConfigFromYaml(text: string, options: PortalYamlOptions): RobotConfig {
  return RobotConfig.fromConfig(parsePortalYaml(text, options));
}

/** As `parsePortalYaml`, ready to be changed in code. */
export function operatorConfigFromYaml(text: string, options: PortalYamlOptions): OperatorConfig {
  return OperatorConfig.fromConfig(parsePortalYaml(text, options));
}

/** The peer refuses these two on a byte-stream track even when they say false. */
function refuseMediaOptions(reading: YamlReading, videos: readonly VideoInput[]): void {
  for (const [index, video] of videos.entries()) {
    if (video.codec === undefined || isWebRtcCodec(video.codec)) continue;
    for (const option of ['simulcast', 'screencast'] as const) {
      if (video[option] === undefined) continue;
      const { node, path } = reading.placeOf(['videos', index, option]);
      throw reading.error(node, path, 'applies to the WebRTC codecs only', { expected: `no such option on a ${video.codec} track`, got: String(video[option]) });
    }
  }
}
