import {
  type ChunkSpec,
  type FieldSpec,
  type PortalConfig,
  type PortalConfigInput,
  type StallBehavior,
  validateConfig,
  type VideoCodec,
  type VideoSpec,
} from './config.ts';
import type { DType } from './dtype.ts';
import { PortalError } from './errors.ts';
import type { Role } from './names.ts';

/** A field as a caller writes it: a spec, or name and dtype. */
export type FieldInput = FieldSpec | readonly [name: string, dtype: DType];
export type VideoOptions = Partial<Omit<VideoSpec, 'name' | 'codec'>>;

/**
 * A config that is put together step by step, with the peer's adders. Each throws CONFIG_INVALID at once for what
 * `validateConfig` refuses, and then has changed nothing; each returns the builder.
 */
export interface ConfigBuilder<R extends Role> {
  readonly role: R;
  /** Shared key of end-to-end encryption as text, to be handed to `Robot` or `Operator`; never part of `build()`. */
  readonly e2eeKey: string | null;
  addVideo(name: string, codec?: VideoCodec, options?: VideoOptions): this;
  /** Appends state fields; order counts and is the same on both sides. */
  addStateTyped(fields: readonly FieldInput[]): this;
  addActionTyped(fields: readonly FieldInput[]): this;
  addActionChunk(name: string, horizon: number, fields: readonly FieldInput[]): this;
  setFps(fps: number): this;
  setSlack(ticks: number): this;
  setTolerance(ticks: number): this;
  setStateReliable(reliable: boolean): this;
  setActionReliable(reliable: boolean): this;
  /** 0 = no pings. */
  setPingMs(pingMs: number): this;
  setE2eeKey(key: string | null): this;
  setStallBehavior(behavior: StallBehavior): this;
  setMaxLagMs(maxLagMs: number | null): this;
  /** Throws UNKNOWN_TRACK for a track that is not declared before. */
  setTrackStallBehavior(track: string, behavior: StallBehavior | null): this;
  setTrackMaxLagMs(track: string, maxLagMs: number | null): this;
  /** Old spelling of `setStallBehavior('freeze')` with `setMaxLagMs(0)`; false puts both defaults back. */
  setReuseStaleFrames(reuse: boolean): this;
  /** Receive executed actions; of interest to an operator only. */
  setActionSubscription(subscribe: boolean): this;
  /** A checked copy. */
  build(): PortalConfig;
}

export interface ConfigBuilderClass<R extends Role> {
  new (session: string): ConfigBuilder<R>;
  /** Starts from a whole config, for instance one that was read from a file. */
  fromConfig(config: PortalConfigInput): ConfigBuilder<R>;
}

/** One implementation for both roles; a role's class differs in nothing but its name and `role`. */
function builderClass<R extends Role>(role: R): ConfigBuilderClass<R> {
  return class Builder implements ConfigBuilder<R> {
    static fromConfig(config: PortalConfigInput): Builder {
      return new this(config.session).#change(config);
    }

    readonly role = role;
    #e2eeKey: string | null = null;
    #config: PortalConfig;

    constructor(session: string) {
      this.#config = validateConfig({ session });
    }

    get e2eeKey(): string | null {
      return this.#e2eeKey;
    }

    addVideo(name: string, codec: VideoCodec = 'h264', options: VideoOptions = {}): this {
      return this.#change({ videos: [...this.#config.videos, { ...options, name, codec } as VideoSpec] });
    }

    addStateTyped(fields: readonly FieldInput[]): this {
      return this.#change({ state: [...this.#config.state, ...fields.map(toFieldSpec)] });
    }

    addActionTyped(fields: readonly FieldInput[]): this {
      return this.#change({ action: [...this.#config.action, ...fields.map(toFieldSpec)] });
    }

    addActionChunk(name: string, horizon: number, fields: readonly FieldInput[]): this {
      const chunk: ChunkSpec = { name, horizon, fields: fields.map(toFieldSpec) };
      return this.#change({ actionChunks: [...this.#config.actionChunks, chunk] });
    }

    setFps(fps: number): this {
      return this.#change({ fps });
    }

    setSlack(slack: number): this {
      return this.#change({ slack });
    }

    setTolerance(tolerance: number): this {
      return this.#change({ tolerance });
    }

    setStateReliable(stateReliable: boolean): this {
      return this.#change({ stateReliable });
    }

    setActionReliable(actionReliable: boolean): this {
      return this.#change({ actionReliable });
    }

    setPingMs(pingMs: number): this {
      return this.#change({ pingMs });
    }

    setE2eeKey(key: string | null): this {
      if (key === '' || (key !== null && typeof key !== 'string')) {
        throw new PortalError('CONFIG_INVALID', 'the end-to-end encryption key is no text', { expected: 'a text of at least one character, or null', got: key === '' ? 'an empty one' : typeof key });
      }
      this.#e2eeKey = key;
      return this;
    }

    setStallBehavior(stallBehavior: StallBehavior): this {
      return this.#change({ stallBehavior });
    }

    setMaxLagMs(maxLagMs: number | null): this {
      return this.#change({ maxLagMs });
    }

    setTrackStallBehavior(track: string, stallBehavior: StallBehavior | null): this {
      return this.#changeTrack(track, { stallBehavior });
    }

    setTrackMaxLagMs(track: string, maxLagMs: number | null): this {
      return this.#changeTrack(track, { maxLagMs });
    }

    setReuseStaleFrames(reuse: boolean): this {
      return this.#change(reuse ? { stallBehavior: 'freeze', maxLagMs: 0 } : { stallBehavior: 'drop', maxLagMs: null });
    }

    setActionSubscription(actionSubscription: boolean): this {
      return this.#change({ actionSubscription });
    }

    build(): PortalConfig {
      return validateConfig(this.#config);
    }

    #change(part: Partial<PortalConfigInput>): this {
      this.#config = validateConfig({ ...this.#config, ...part });
      return this;
    }

    #changeTrack(track: string, part: Partial<VideoSpec>): this {
      const { videos } = this.#config;
      if (!videos.some((video) => video.name === track)) {
        const expected = videos.length === 0 ? 'a declared track; there are none yet' : `one of ${videos.map((video) => video.name).join(', ')}`;
        throw new PortalError('UNKNOWN_TRACK', `track '${track}' is not declared`, { expected, got: `'${track}'`, fix: 'Call addVideo first' });
      }
      return this.#change({ videos: videos.map((video) => (video.name === track ? { ...video, ...part } : video)) });
    }
  };
}

/** Config of a robot. */
export const RobotConfig: ConfigBuilderClass<'robot'> = builderClass('robot');
export type RobotConfig = ConfigBuilder<'robot'>;

/** Config of an operator. */
export const OperatorConfig: ConfigBuilderClass<'operator'> = builderClass('operator');
export type OperatorConfig = ConfigBuilder<'operator'>;

function toFieldSpec(field: FieldInput): FieldSpec {
  return isPair(field) ? { name: field[0], dtype: field[1] } : { name: field.name, dtype: field.dtype };
}

function isPair(field: FieldInput): field is readonly [string, DType] {
  return Array.isArray(field);
}
