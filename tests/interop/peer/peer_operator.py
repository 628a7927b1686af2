"""An operator of the unmodified peer: reports what it observes and does what it is told."""
import asyncio

import peer_io
from livekit import portal


def picture(frame) -> dict:
    """Source, size, time and the mean colour: enough to tell one picture from another."""
    source = str(frame.source).rsplit(".", 1)[-1].lower()
    if source == "omitted":
        return {"source": source}
    pixels = portal.frame_bytes_to_numpy_rgb(frame.data, frame.width, frame.height)
    return {
        "source": source,
        "width": frame.width,
        "height": frame.height,
        "timestamp_us": frame.timestamp_us,
        "mean": [float(mean) for mean in pixels.reshape(-1, 3).mean(axis=0)],
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
    operator.on_drop(lambda states: peer_io.emit(event="drop", count=len(states)))
    if args.subscribe_actions:
        operator.on_action(
            lambda action: peer_io.emit(event="action", values=action.values, sender=action.sender, timestamp_us=action.timestamp_us)
        )

    def action(values, timestamp_us=None, in_reply_to_ts_us=None):
        operator.send_action(values, timestamp_us, in_reply_to_ts_us)

    def chunk(name, columns):
        operator.send_action_chunk(name, columns)

    await peer_io.serve(
        operator,
        args,
        {
            **peer_io.common_commands(operator),
            "action": action,
            "chunk": chunk,
            "robot_identity": lambda: operator.robot_identity(),
        },
    )


asyncio.run(main())
