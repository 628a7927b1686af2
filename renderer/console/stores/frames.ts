import { defineStore } from 'pinia';
import { computed, onScopeDispose, shallowReactive, shallowRef, watch } from 'vue';
import type { FramePortFrame } from '../../../shared/console-state.ts';
import { call, onFrames, report } from '../bridge.ts';
import { FrameClock, NO_PICTURE_YET, type TileAge } from '../frame-clock.ts';
import { LiveView } from '../live-view.ts';
import { drawPicture } from '../picture.ts';
import { useConsoleStore } from './console.ts';

type Purpose = FramePortFrame['purpose'];

/** One frame as a tile's video element presented it. */
export interface PresentedFrame {
  rtpTimestamp: number | null;
  presentedUs: number;
}

const AGES_EVERY_MS = 200;
const RETRY_MS = 1000;
/** As many as one report may carry. */
const MAX_REPORTED = 256;

/** Pictures on their way to the tiles: the live view's streams, the frame port's canvases, and how old both are. */
export const useFramesStore = defineStore('frames', () => {
  const portal = useConsoleStore();
  const streams = shallowReactive(new Map<string, MediaStream>());
  const ages = shallowReactive(new Map<string, TileAge>());
  /** Tracks whose pictures come through main. */
  const throughMain = shallowReactive(new Set<string>());
  const clocks = new Map<string, FrameClock>();
  const canvases = new Map<string, HTMLCanvasElement>();
  const isLost = shallowRef(false);
  let waiting: { track: string; timestampUs: number; presentedUs: number }[] = [];

  let view: LiveView | null = null;
  /** Raised by every opening: one that was overtaken sees it. */
  let opening = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  /** The robot whose pictures are wanted: kept while it is away, so that its return finds the view open. */
  const lastRobot = shallowRef<string | null>(null);
  watch(() => portal.state.session, (session, before) => {
    if (session?.name !== before?.name) lastRobot.value = null;
    if (session?.robotIdentity != null) lastRobot.value = session.robotIdentity;
  }, { immediate: true });
  const wanted = computed(() => {
    const { phase, session } = portal.state;
    return phase === 'connected' && session?.hasLiveView === true && session.encryptionTrouble === null && lastRobot.value !== null ? `${session.name} ${lastRobot.value}` : null;
  });

  async function reopen(): Promise<void> {
    clearTimeout(retry);
    opening += 1;
    const mine = opening;
    const old = view;
    view = null;
    streams.clear();
    await old?.close();
    const robot = lastRobot.value;
    const key = wanted.value;
    if (key === null || robot === null) return;
    try {
      const access = await call('liveView', undefined);
      if (mine !== opening) return;
      if (access === null) return tryAgain(key);
      const next = new LiveView(access, robot, {
        onTrack: (name, track) => {
          if (view !== next) return;
          if (track === null) streams.delete(name);
          else streams.set(name, new MediaStream([track]));
        },
        onLost: () => {
          if (view === next) tryAgain(key);
        },
        onUndecryptable: () => {
          if (view === next) report('liveViewFailed', undefined);
        },
      });
      view = next;
      await next.open();
      isLost.value = false;
    } catch {
      // Said in the tiles; the session itself lives in main and is not touched.
      if (mine === opening) tryAgain(key);
    }
  }

  function tryAgain(key: string): void {
    if (wanted.value !== key) return;
    isLost.value = true;
    clearTimeout(retry);
    retry = setTimeout(() => void reopen(), RETRY_MS);
  }

  function clockOf(track: string): FrameClock {
    let clock = clocks.get(track);
    if (clock === undefined) clocks.set(track, (clock = new FrameClock()));
    return clock;
  }

  function note(track: string, timestampUs: number | null, presentedUs: number): void {
    clockOf(track).presented(timestampUs, presentedUs);
    if (timestampUs === null) return;
    // Frames of one refresh go together; waiting longer would look like jitter in main, where they are matched to states.
    if (waiting.length === 0) queueMicrotask(flush);
    if (waiting.length < MAX_REPORTED) waiting.push({ track, timestampUs: Math.round(timestampUs), presentedUs: Math.round(presentedUs) });
  }

  function flush(): void {
    report('framesPresented', waiting);
    waiting = [];
  }

  /** Called by a tile for each picture that its video element presented. */
  function presented(track: string, { rtpTimestamp, presentedUs }: PresentedFrame): void {
    note(track, rtpTimestamp === null ? null : (view?.captureTimeUs(track, rtpTimestamp) ?? null), presentedUs);
  }

  /** Where pictures of the frame port are drawn; null = nowhere any more. */
  function setCanvas(purpose: Purpose, track: string, canvas: HTMLCanvasElement | null): void {
    if (canvas === null) canvases.delete(`${purpose} ${track}`);
    else canvases.set(`${purpose} ${track}`, canvas);
  }

  function ageOf(track: string): TileAge {
    return ages.get(track) ?? NO_PICTURE_YET;
  }

  const stopFrames = onFrames((frame) => {
    const canvas = canvases.get(`${frame.purpose} ${frame.track}`);
    if (frame.purpose === 'live' && !streams.has(frame.track)) throughMain.add(frame.track);
    if (canvas === undefined) return;
    drawPicture(canvas, frame);
    if (frame.purpose === 'live') note(frame.track, frame.timestampUs, nowUs());
  });
  const agesTimer = setInterval(() => {
    for (const [track, clock] of clocks) ages.set(track, clock.read(nowUs()));
  }, AGES_EVERY_MS);
  watch(wanted, () => void reopen(), { immediate: true });
  watch(() => portal.state.session?.name, () => {
    clocks.clear();
    ages.clear();
    throughMain.clear();
    isLost.value = false;
  });
  onScopeDispose(() => {
    stopFrames();
    clearInterval(agesTimer);
    clearTimeout(retry);
    void view?.close();
  });

  return { streams, throughMain, isLost, presented, setCanvas, ageOf };
});

/** This machine's clock, µs since the epoch, finer than Date.now. */
function nowUs(): number {
  return (performance.timeOrigin + performance.now()) * 1000;
}
