"""An operator of the unmodified peer: reports what it observes and does what it is told."""
import asyncio
import hashlib
import math

import peer_io
from livekit import portal

MEAN_OF_PIXELS = 20_000


def picture(frame) -> dict:
    """Source, size, time, a digest of the exact pixels, and the mean colour for codecs that only come close."""
    source = str(frame.source).rsplit(".", 1)[-1].lower()
    if source == "omitted":
        return {"source": source}
    pixels = portal.frame_bytes_to_numpy_rgb(frame.data, frame.width, frame.height)
    # Every pixel of a large picture took so long that at 30 fps this loop fell behind its observations and no longer came to its commands.
    step = max(1, round(math.sqrt(frame.width * frame.height / MEAN_OF_PIXELS)))
    return {
        "source": source,
        "width": frame.width,
        "height": frame.height,
        "timestamp_us": frame.timestamp_us,
        "sha256": hashlib.sha256(pixels.tobytes()).hexdigest(),
        "mean": [float(mean) for mean in pixels[::step, ::step].reshape(-1, 3).mean(axis=0)],
    }


async def main() -> None:
    args = peer_io.arguments()
    config = peer_io.configure(portal.OperatorConfig.from_yaml_file(args.portal, args.session), args)
    operator = portal.Operator(config)
    peer_io.report_control(operator)
    operator.on_observation(
        lambda observation: peer_io.emit(
            event="observation",
            timestamp_us=observation.timestamp_us,
            state=observation.state,
            frames={track: picture(frame) for track, frame in observation.frames.items()},
            at_us=peer_io.now_us(),
        )
    )
    operator.on_state(lambda state: peer_io.emit(event="state", values=state.values, timestamp_us=state.timestamp_us))
    operator.on_drop(lambda states: peer_io.emit(event="drop", count=len(states), states=states))
    if config.action_subscription:
        peer_io.report_actions(operator)
        peer_io.report_chunks(operator, config)

    def action(values, timestamp_us=None, in_reply_to_ts_us=None):
        operator.send_action(peer_io.values_in(values), timestamp_us, in_reply_to_ts_us)

    def chunk(name, columns, timestamp_us=None, in_reply_to_ts_us=None):
        operator.send_action_chunk(name, peer_io.columns_in(columns), timestamp_us, in_reply_to_ts_us)

    def get_action():
        last = operator.get_action()
        return None if last is None else {"values": peer_io.plain(last.values), "sender": last.sender}

    await peer_io.serve(
        operator,
        args,
        {
            **peer_io.common_commands(operator, config),
            "action": action,
            "chunk": chunk,
            "get_action": get_action,
            "robot_identity": lambda: operator.robot_identity(),
        },
    )


asyncio.run(main())
