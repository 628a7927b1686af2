import { expect, it } from 'vitest';
import { CameraLine } from '../../../electron/camera-line.ts';
import type { FromCameraPage, ToCameraPage, WebcamPicture } from '../../../shared/camera-messages.ts';
import { PortalError } from '../../../shared/portal/errors.ts';
import { until } from '../../fakes/until.ts';
import { ManualClock } from '../main/manual-clock.ts';

const REQUEST = { device: null, width: 2, height: 2, fps: 30 };
const PICTURE: WebcamPicture = { width: 2, height: 2, format: 'i420', data: new Uint8Array(6), timestampUs: 1 };

function idOf(message: ToCameraPage | undefined): number {
  return message !== undefined && 'id' in message ? message.id : expect.fail('no number');
}

/** A line to pages that the test plays. */
function bench() {
  const pages: { said: ToCameraPage[]; answer(message: FromCameraPage): void; die(): void; isDestroyed: boolean }[] = [];
  const clock = new ManualClock();
  let failure: PortalError | null = null;
  const line = new CameraLine((onMessage, onLost) => {
    if (failure !== null) return Promise.reject(failure);
    const said: ToCameraPage[] = [];
    const page = { said, answer: onMessage, die: onLost, isDestroyed: false };
    pages.push(page);
    return Promise.resolve({ say: (message) => void said.push(message), destroy: () => void (page.isDestroyed = true) });
  }, clock);
  const page = async (index: number) => {
    await until(`page ${index}`, () => (pages[index]?.said.length ?? 0) > 0);
    return pages[index] ?? expect.fail('no page');
  };
  return { line, page, pages, clock, fail: (error: PortalError | null) => (failure = error) };
}

function watch() {
  const pictures: WebcamPicture[] = [];
  const ends: PortalError[] = [];
  return { pictures, ends, onPicture: (picture: WebcamPicture) => void pictures.push(picture), onEnd: (error: PortalError) => void ends.push(error) };
}

it('opens one page for all, and gives a credit for every picture', async () => {
  const { line, page, pages } = bench();
  const [a, b] = [watch(), watch()];
  line.capture(REQUEST, a);
  line.capture({ ...REQUEST, device: 'b' }, b);
  const { said, answer } = await page(0);
  await until('both', () => said.length === 2);
  const [first, second] = said.map(idOf);
  answer({ kind: 'picture', id: second as number, ...PICTURE });
  await until('the credit', () => said.length === 3);
  expect(said[2]).toEqual({ kind: 'credit', id: second });
  expect([a.pictures.length, b.pictures.length]).toEqual([0, 1]);
  answer({ kind: 'ended', id: first as number, error: { code: 'CAMERA_MISSING', message: 'gone', fix: 'Plug it in.' } });
  expect(a.ends).toMatchObject([{ code: 'CAMERA_MISSING', details: { fix: 'Plug it in.' } }]);
  answer({ kind: 'picture', id: 999, ...PICTURE });
  expect(pages).toHaveLength(1);
});

it('ends what was open when the page dies, and opens a new one for the next', async () => {
  const { line, page } = bench();
  const seen = watch();
  line.capture(REQUEST, seen);
  const listing = line.list({ withSizes: false });
  (await page(0)).die();
  expect(seen.ends).toMatchObject([{ code: 'CAMERA_FAILED' }]);
  await expect(listing).rejects.toMatchObject({ code: 'CAMERA_FAILED' });
  line.capture(REQUEST, watch());
  expect((await page(1)).said).toHaveLength(1);
});

it('tells when no page can be opened, and tries anew', async () => {
  const { line, page, fail } = bench();
  fail(new PortalError('PERMISSION', 'not allowed'));
  const seen = watch();
  line.capture(REQUEST, seen);
  await until('the end', () => seen.ends.length === 1);
  expect(seen.ends[0]?.code).toBe('PERMISSION');
  fail(null);
  const listing = line.list({ withSizes: true });
  const { said, answer } = await page(0);
  answer({ kind: 'listed', id: idOf(said[0]), webcams: [] });
  expect(await listing).toEqual([]);
});

it('is silent after stop, which waits for the page, but not for ever', async () => {
  const { line, page } = bench();
  const seen = watch();
  const capture = line.capture(REQUEST, seen);
  const { said, answer } = await page(0);
  const id = idOf(said[0]);
  const stopped = capture.stop();
  answer({ kind: 'picture', id, ...PICTURE });
  answer({ kind: 'stopped', id });
  await stopped;
  await capture.stop();
  const hanging = line.capture(REQUEST, seen);
  await hanging.stop();
  expect(seen).toMatchObject({ pictures: [], ends: [] });
});

it('passes on that something was plugged in or out', async () => {
  const { line, page } = bench();
  let count = 0;
  const off = line.onChange(() => (count += 1));
  line.capture(REQUEST, watch());
  const { answer } = await page(0);
  answer({ kind: 'devices' });
  off();
  answer({ kind: 'devices' });
  expect(count).toBe(1);
});

it('replaces a page that neither gives pictures nor answers for 7 s, and none that does either', async () => {
  const { line, page, pages, clock } = bench();
  const seen = watch();
  line.capture(REQUEST, seen);
  const first = await page(0);
  const id = idOf(first.said[0]);
  const pings = (): number => first.said.filter(({ kind }) => kind === 'ping').length;
  for (let second = 0; second < 20; second += 1) {
    first.answer({ kind: 'picture', id, ...PICTURE });
    clock.advance(1000);
  }
  expect(pings()).toBe(0);
  for (let second = 0, answered = 0; second < 20; second += 1) {
    clock.advance(1000);
    for (; answered < pings(); answered += 1) first.answer({ kind: 'pong' });
  }
  expect(pings()).toBe(10);
  expect(seen.ends).toEqual([]);
  first.answer({ kind: 'devices' });
  clock.advance(6000);
  expect(first.isDestroyed).toBe(false);
  clock.advance(1000);
  expect(first.isDestroyed).toBe(true);
  expect(seen.ends).toMatchObject([{ code: 'CAMERA_FAILED', message: 'the page that opens webcams hangs' }]);
  line.capture(REQUEST, watch());
  expect((await page(1)).said).toHaveLength(1);
  // What the one before still had to say is over.
  first.die();
  clock.advance(1000);
  expect(pages.map(({ isDestroyed }) => isDestroyed)).toEqual([true, false]);
});
