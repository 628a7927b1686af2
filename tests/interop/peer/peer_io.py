"""What both peer programs share: arguments, commands from stdin, replies and events to stdout, one JSON object a line.

A command is {"id": 1, "do": "claim", ...}; its reply {"id": 1, "result": ...} or {"id": 1, "error": {...}}; anything that
happens by itself {"event": "observation", ...}. The end of stdin ends the program, so none outlives its test.
"""
import argparse
import asyncio
import inspect
import json
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
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def error_of(thrown: BaseException) -> dict:
    code = getattr(thrown, "code", None)
    return {"type": type(thrown).__name__, "message": str(thrown), "code": code if isinstance(code, int) else None}


def metrics_of(value):
    """Metrics are objects in objects; JSON wants dictionaries."""
    if hasattr(value, "__dict__"):
        return {name: metrics_of(item) for name, item in vars(value).items()}
    if isinstance(value, dict):
        return {name: metrics_of(item) for name, item in value.items()}
    return value


def common_commands(side) -> dict:
    """What both roles can be told."""

    async def claim(identity):
        await side.set_active_operator(identity)

    async def rpc(method, payload="", destination=None, timeout_ms=None):
        return await side.perform_rpc(method, payload, destination, timeout_ms)

    return {
        "claim": claim,
        "rpc": rpc,
        "active_operator": lambda: side.active_operator(),
        "operators": lambda: side.operators(),
        "local_identity": lambda: side.local_identity(),
        "metrics": lambda: metrics_of(side.metrics()),
    }


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
