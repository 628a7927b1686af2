"""What both peer programs share: the job from argv, commands from stdin, events to stdout, one JSON object a line."""
import asyncio
import json
import sys
import time


JOINTS = ["shoulder_pan.pos", "shoulder_lift.pos", "elbow_flex.pos", "wrist_flex.pos", "wrist_roll.pos", "gripper.pos"]


def now_us() -> int:
    return time.time_ns() // 1000


def load_job() -> dict:
    return json.loads(sys.argv[1])


def emit(event: str, **fields) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


class Commands:
    """Words from stdin, one a line. The end of stdin counts as `finish`: a program whose parent died ends itself."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue = asyncio.Queue()

    @classmethod
    async def open(cls) -> "Commands":
        commands = cls()
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

        async def pump() -> None:
            while line := await reader.readline():
                commands._queue.put_nowait(line.decode().strip())
            commands._queue.put_nowait("finish")

        commands._pump = asyncio.create_task(pump())
        return commands

    async def wait(self, word: str) -> bool:
        """True when `word` came, False when the parent asked to finish instead."""
        while True:
            got = await self._queue.get()
            if got == word:
                return True
            if got == "finish":
                return False


def fields(portal) -> list:
    return [(name, portal.DType.F32) for name in JOINTS]


HORIZON = 50


def chunk_columns(step: int) -> dict:
    return {name: [float((step + row * 7 + i * 13) % 360) for row in range(HORIZON)] for i, name in enumerate(JOINTS)}


def codec_of(portal, name: str):
    return portal.VideoCodec[name.upper()]


def row_values(step: int) -> dict:
    return {name: float((step * 7 + i * 13) % 360) for i, name in enumerate(JOINTS)}


async def connected(build, url: str, token: str):
    """A side that has joined. A busy server now and then answers the role late, and the library gives up: try again."""
    for attempt in range(3):
        side = build()
        try:
            await side.connect(url, token)
            return side
        except Exception:
            side.close()
            if attempt == 2:
                raise
            await asyncio.sleep(0.5)
