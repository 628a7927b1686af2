"""A robot of the unmodified peer: streams states and pictures that tell their step, and reports the actions it executes."""
import asyncio
import base64

import peer_io
from livekit import portal

WIDTH, HEIGHT = 320, 240


def values_of(schema, step: int) -> dict:
    """Each field another value, each step another row; exact in every dtype."""
    return {field.name: value_of(field.dtype, step, index) for index, field in enumerate(schema)}


def value_of(dtype, step: int, index: int):
    number = (step + 10 * index) % 100
    if dtype == portal.DType.BOOL:
        return number % 2 == 1
    if dtype in (portal.DType.F32, portal.DType.F64):
        return float(number)
    return number


def picture_of(step: int) -> bytes:
    """One flat colour: red rises with the step."""
    return bytes((40 + (step % 16) * 10, 60, 90)) * (WIDTH * HEIGHT)


async def main() -> None:
    args = peer_io.arguments()
    config = peer_io.configure(portal.RobotConfig.from_yaml_file(args.portal, args.session), args)
    robot = portal.Robot(config)
    tracks = list(config.video_tracks)
    schema = config.state_schema
    fps = config.fps
    streaming = None
    sent_tracks = tracks
    peer_io.report_control(robot)
    peer_io.report_actions(robot)
    peer_io.report_chunks(robot, config)

    def home(call) -> str:
        peer_io.emit(event="home", caller=call.caller_identity, payload=call.payload)
        return f"home from {call.caller_identity}: {call.payload}"

    robot.register_rpc_method("home", home)

    async def run() -> None:
        step = 0
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            timestamp_us = peer_io.now_us()
            for track in sent_tracks:
                robot.send_video_frame(track, picture_of(step), WIDTH, HEIGHT, timestamp_us)
            robot.send_state(values_of(schema, step), timestamp_us)
            step += 1
            due = max(due + 1 / fps, loop.time() - 1)
            await asyncio.sleep(max(0.0, due - loop.time()))

    def start(only=None):
        """Streams every track, or only these; may be told again while streaming."""
        nonlocal streaming, sent_tracks
        sent_tracks = tracks if only is None else only
        if streaming is None:
            streaming = asyncio.create_task(run())

    def stop():
        nonlocal streaming
        if streaming is not None:
            streaming.cancel()
            streaming = None

    def state(values, timestamp_us=None):
        robot.send_state(peer_io.values_in(values), timestamp_us)

    def frame(track, pixels, width, height, timestamp_us):
        """One picture of the test's own; `pixels` is RGB in base64."""
        robot.send_video_frame(track, base64.b64decode(pixels), width, height, timestamp_us)

    commands = {"start": start, "stop": stop, "state": state, "frame": frame}
    await peer_io.serve(robot, args, {**peer_io.common_commands(robot, config), **commands})


asyncio.run(main())
