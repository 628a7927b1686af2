"""What both peer programs share: arguments, commands from stdin, replies and events to stdout, one JSON object a line.

A command is {"id": 1, "do": "claim", ...}; its reply {"id": 1, "result": ...} or {"id": 1, "error": {...}}; anything that
happens by itself {"event": "observation", ...}. The end of stdin ends the program, so none outlives its test. Numbers that
JSON does not have travel as the texts "nan", "inf", "-inf" and "-0", in both directions.
"""
import argparse
import asyncio
import enum
import inspect
import json
import math
import sys
import time

from livekit import portal


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--session", required=True)
    parser.add_argument("--portal", required=True, help="portal.yaml")
    parser.add_argument("--e2ee-key", default=None)
    parser.add_argument("--subscribe-actions", action="store_true")
    return parser.parse_args()


def configure(config, args):
    if args.e2ee_key is not None:
        config.set_e2ee_key(args.e2ee_key.encode())
    if args.subscribe_actions:
        config.set_action_subscription(True)
    return config


def now_us() -> int:
    return time.time_ns() // 1000


def emit(**fields) -> None:
    sys.stdout.write(json.dumps(plain(fields), allow_nan=False) + "\n")
    sys.stdout.flush()


def plain(value):
    """Objects become dictionaries, enums their words, and numbers that JSON does not have texts."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if isinstance(value, float) and (not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0)):
        return "-0" if value == 0 else str(value)
    if hasattr(value, "__dict__"):
        return plain(vars(value))
    return value


def number(value):
    """A value of a command: texts stand for the numbers that JSON does not have."""
    return float(value) if isinstance(value, str) else value


def values_in(values: dict) -> dict:
    return {name: number(value) for name, value in values.items()}


def columns_in(columns: dict) -> dict:
    return {name: [number(value) for value in column] for name, column in columns.items()}


def error_of(thrown: BaseException) -> dict:
    code = getattr(thrown, "code", None)
    return {"type": type(thrown).__name__, "message": str(thrown), "code": code if isinstance(code, int) else None}


def common_commands(side, config) -> dict:
    """What both roles can be told."""

    async def claim(identity):
        await side.set_active_operator(identity)

    async def rpc(method, payload="", destination=None, timeout_ms=None):
        return await side.perform_rpc(method, payload, destination, timeout_ms)

    def register_rpc(method, reply=None, reply_length=None, error=None, raises=None, delay_s=0):
        """Answers with `reply`, else with the payload; or fails, as `error` (code, message) or with a plain exception."""

        async def handle(call):
            emit(event="rpc", method=method, caller=call.caller_identity, payload=call.payload)
            await asyncio.sleep(delay_s)
            if error is not None:
                raise portal.RpcError.Error(code=error["code"], message=error["message"], data=None)
            if raises is not None:
                raise RuntimeError(raises)
            if reply_length is not None:
                return "x" * reply_length
            return call.payload if reply is None else reply

        side.register_rpc_method(method, handle)

    return {
        "claim": claim,
        "rpc": rpc,
        "register_rpc": register_rpc,
        "unregister_rpc": lambda method: side.unregister_rpc_method(method),
        "active_operator": lambda: side.active_operator(),
        "operators": lambda: side.operators(),
        "local_identity": lambda: side.local_identity(),
        "metrics": lambda: plain(side.metrics()),
        "reset_metrics": lambda: side.reset_metrics(),
        "config": lambda: config_of(config),
        "read_yaml": read_yaml,
    }


def config_of(config) -> dict:
    """What the peer made of its portal.yaml."""
    names = ("fps", "slack", "tolerance", "ping_ms", "state_reliable", "action_reliable", "action_subscription")
    return {
        **{name: getattr(config, name) for name in names},
        "videos": plain(config.video_track_specs),
        "state": plain(config.state_schema),
        "action": plain(config.action_schema),
        "action_chunks": plain(config.action_chunks),
    }


def read_yaml(text: str) -> dict:
    """A portal.yaml read as an operator would: its config, or why it is refused."""
    try:
        return {"config": config_of(portal.OperatorConfig.from_yaml_str(text, "read"))}
    except Exception as thrown:  # noqa: BLE001
        return {"refused": str(thrown)}


def report_chunks(side, config) -> None:
    for spec in config.action_chunks:
        side.on_action_chunk(
            spec.name,
            lambda chunk: emit(
                event="chunk",
                name=chunk.name,
                horizon=chunk.horizon,
                columns=chunk.raw_data,
                sender=chunk.sender,
                timestamp_us=chunk.timestamp_us,
                in_reply_to_ts_us=chunk.in_reply_to_ts_us,
            ),
        )


def report_actions(side) -> None:
    side.on_action(
        lambda action: emit(
            event="action",
            values=action.values,
            sender=action.sender,
            timestamp_us=action.timestamp_us,
            in_reply_to_ts_us=action.in_reply_to_ts_us,
        )
    )


def report_control(side) -> None:
    side.on_active_operator_changed(lambda identity: emit(event="active_operator", identity=identity))
    side.on_operator_joined(lambda identity: emit(event="operator_joined", identity=identity))
    side.on_operator_left(lambda identity: emit(event="operator_left", identity=identity))


async def serve(side, args, commands: dict) -> None:
    """Connects, then obeys until stdin ends."""
    try:
        await side.connect(args.url, args.token)
    except Exception as thrown:  # noqa: BLE001
        emit(event="failed", error=error_of(thrown))
        return
    emit(event="ready", identity=side.local_identity())
    reader = asyncio.StreamReader(limit=16 * 1024 * 1024)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = set()
    while line := await reader.readline():
        command = json.loads(line)
        if command["do"] == "finish":
            break
        task = asyncio.create_task(obey(commands, command))
        running.add(task)
        task.add_done_callback(running.discard)
    await side.disconnect()
    side.close()
    emit(event="finished")


async def obey(commands: dict, command: dict) -> None:
    rest = {name: value for name, value in command.items() if name not in ("id", "do")}
    try:
        result = commands[command["do"]](**rest)
        if inspect.isawaitable(result):
            result = await result
        emit(id=command["id"], result=result)
    except Exception as thrown:  # noqa: BLE001
        emit(id=command["id"], error=error_of(thrown))
