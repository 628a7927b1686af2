import { decodeStrip, rgbSampler, STRIP } from '../../../shared/timestamp-strip.ts';

/** Runs in the console's page: reads the capture time out of each picture that the page's video presents. */
export interface ScreenSamples {
  /** µs of capture and ms until the picture is on screen, one a presented picture. */
  shown: [timestampUs: number, ageMs: number][];
  /** Pictures whose strip could not be read. */
  unreadable: number;
  /** ms between two display frames here, the median. */
  refreshMs: number;
}

async function probe(selector: string, forMs: number): Promise<ScreenSamples> {
  const video = document.querySelector<HTMLVideoElement>(selector);
  if (video === null) throw new Error(`no ${selector} in the window`);
  const refreshMs = await measureRefresh();
  const shown: ScreenSamples['shown'] = [];
  let unreadable = 0;
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    const onScreenMs = await nextPicture(video, 3000);
    const timestampUs = readStrip(video);
    if (timestampUs === null) unreadable += 1;
    else shown.push([timestampUs, onScreenMs - timestampUs / 1000]);
  }
  return { shown, unreadable, refreshMs };
}

/**
 * The next picture's time on screen, ms since the epoch: when the compositor expects the frame that carries it to be
 * shown, and never before the page could see it.
 */
function nextPicture(video: HTMLVideoElement, patienceMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no new picture in the window for ${patienceMs} ms`)), patienceMs);
    video.requestVideoFrameCallback((_now, { expectedDisplayTime }) => {
      clearTimeout(late);
      resolve(performance.timeOrigin + Math.max(performance.now(), expectedDisplayTime));
    });
  });
}

const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext('2d', { willReadFrequently: true });

function readStrip(video: HTMLVideoElement): number | null {
  const { videoWidth: width, videoHeight: height } = video;
  if (context === null || width === 0) return null;
  const cell = width / STRIP.cellsAcross;
  const band = Math.ceil(STRIP.bandHeight * cell);
  if (canvas.width !== width || canvas.height !== band) {
    canvas.width = width;
    canvas.height = band;
  }
  context.drawImage(video, 0, height - band, width, band, 0, 0, width, band);
  const { data } = context.getImageData(0, 0, width, band);
  return decodeStrip(rgbSampler(data, width, 4), { x: 0, y: 0, width, height: band });
}

async function measureRefresh(): Promise<number> {
  const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
  const gaps: number[] = [];
  let last = await frame();
  for (let i = 0; i < 30; i++) {
    const now = await frame();
    gaps.push(now - last);
    last = now;
  }
  return gaps.sort((a, b) => a - b)[15] ?? 0;
}

Object.assign(globalThis, { benchScreenProbe: probe });
