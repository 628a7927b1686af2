"""The peer's robot: sends state, and frames where the job has video, and measures the actions that answer its states."""
import asyncio
import threading
import time

from bench_io import HORIZON, Commands, codec_of, connected, emit, fields, load_job, now_us, row_values
from livekit import portal


class Stream:
    """Sends at a steady pace from a thread of its own, so that a slow send call delays nothing but itself."""

    def __init__(self, period_s: float, send) -> None:
        self._period_s, self._send, self._stop = period_s, send, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        step, due = 0, time.monotonic()
        while not self._stop.is_set():
            self._send(step)
            step += 1
            due += self._period_s
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            elif wait < -self._period_s:
                due = time.monotonic()


def picture(video: dict):
    with open(video["file"], "rb") as file:
        tall = file.read()
    stride, size = video["width"] * 3, video["width"] * video["height"] * 3
    rows = len(tall) // stride - video["height"]

    def frame(step: int) -> bytes:
        turn = (step * video["rowsPerFrame"]) % (2 * rows)
        top = turn if turn < rows else 2 * rows - turn
        return tall[top * stride : top * stride + size]

    return frame


async def main() -> None:
    job = load_job()
    video = job["video"]
    config = portal.RobotConfig(job["session"])
    config.set_fps(job["fps"])
    config.add_state_typed(fields(portal))
    config.add_action_typed(fields(portal))
    config.add_action_chunk("plan", HORIZON, fields(portal))
    if video:
        config.add_video("front", codec_of(portal, video["codec"]), video["quality"])
    commands = await Commands.open()
    answers: list = []

    def on_action(action) -> None:
        if action.in_reply_to_ts_us is not None:
            answers.append((action.in_reply_to_ts_us, (now_us() - action.in_reply_to_ts_us) / 1000))

    def build() -> portal.Robot:
        robot = portal.Robot(config)
        robot.on_action(on_action)
        robot.on_action_chunk("plan", lambda chunk: answers.append((chunk.timestamp_us, (now_us() - chunk.timestamp_us) / 1000)))
        return robot

    robot = await connected(build, job["url"], job["token"])
    emit("ready")

    captured: list = []
    stated: list = []
    streams = []
    if video:
        frame = picture(video)
        with_state = job["stateHz"] == video["fps"]

        def send_frame(step: int) -> None:
            timestamp_us = now_us()
            robot.send_video_frame("front", frame(step), video["width"], video["height"], timestamp_us=timestamp_us)
            if with_state:
                robot.send_state(row_values(step), timestamp_us=timestamp_us)
            captured.append(timestamp_us)

        streams.append(Stream(1 / video["fps"], send_frame))
    if job["stateHz"] and not (video and job["stateHz"] == video["fps"]):

        def send_state(step: int) -> None:
            timestamp_us = now_us()
            stated.append(timestamp_us)
            robot.send_state(row_values(step), timestamp_us=timestamp_us)

        streams.append(Stream(1 / job["stateHz"], send_state))

    if await commands.wait("go"):
        for stream in streams:
            stream.start()
        await commands.wait("hush")
        for stream in streams:
            await asyncio.to_thread(stream.stop)
        emit("sent", captured=captured, stated=stated)
        await commands.wait("finish")
    emit("result", answers=answers)
    await robot.disconnect()


asyncio.run(main())
