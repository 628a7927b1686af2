"""The peer's operator: answers states, observes, or connects and claims again and again, as the job's mode says."""
import asyncio
import time

from bench_io import HORIZON, Commands, chunk_columns, codec_of, connected, emit, fields, load_job, now_us, row_values
from livekit import portal


def build(job: dict) -> portal.Operator:
    config = portal.OperatorConfig(job["session"])
    config.set_fps(job["fps"])
    config.add_state_typed(fields(portal))
    config.add_action_typed(fields(portal))
    config.add_action_chunk("plan", HORIZON, fields(portal))
    if job["video"]:
        config.add_video("front", codec_of(portal, job["video"]))
    return portal.Operator(config)


async def robot_known(operator: portal.Operator) -> None:
    deadline = time.monotonic() + 10
    while operator.robot_identity() is None:
        if time.monotonic() > deadline:
            raise TimeoutError("no robot in the session after 10 s")
        await asyncio.sleep(0.0005)


async def sample_connect(job: dict) -> None:
    """A fresh operator each time: connect() called until its first observation, attempts that failed included."""
    samples, refused = [], 0
    loop = asyncio.get_running_loop()
    for token in job["tokens"]:
        started = time.perf_counter()
        for attempt in range(job["attempts"]):
            operator = build(job)
            observed = asyncio.Event()
            # Whichever thread the callback runs on.
            operator.on_observation(lambda _o, seen=observed: loop.call_soon_threadsafe(seen.set))
            try:
                await operator.connect(job["url"], token)
                await asyncio.wait_for(observed.wait(), 10)
                break
            except Exception:
                refused += 1
                operator.close()
                if attempt + 1 == job["attempts"]:
                    raise
        samples.append((time.perf_counter() - started) * 1000)
        await operator.disconnect()
        operator.close()
        await asyncio.sleep(0.2)
    emit("result", samples=samples, refused=refused)


async def sample_claim(operator: portal.Operator, job: dict) -> None:
    samples = []
    for _ in range(job["claims"]):
        started = time.perf_counter()
        await operator.set_active_operator(operator.local_identity())
        samples.append((time.perf_counter() - started) * 1000)
        await operator.set_active_operator(None)
        await asyncio.sleep(0.05)
    emit("result", samples=samples)


async def send_steadily(operator: portal.Operator, job: dict, chunks: list) -> None:
    loop = asyncio.get_running_loop()
    step, due = 0, loop.time()
    while True:
        if job["mode"] == "rival":
            operator.send_action(row_values(step))
        else:
            columns, timestamp_us = chunk_columns(step), now_us()
            chunks.append(timestamp_us)
            operator.send_action_chunk("plan", columns, timestamp_us)
        step += 1
        due += 1 / job["fps"]
        await asyncio.sleep(max(0.0, due - loop.time()))


async def main() -> None:
    job = load_job()
    commands = await Commands.open()
    if job["mode"] == "connect":
        emit("ready")
        if await commands.wait("go"):
            await sample_connect(job)
        return

    observed: list = []
    answer = row_values(1)

    def listening() -> portal.Operator:
        operator = build(job)
        if job["mode"] == "echo":
            operator.on_state(lambda state: operator.send_action(answer, in_reply_to_ts_us=state.timestamp_us))
        if job["mode"] == "observe":
            operator.on_observation(lambda o: observed.append((o.timestamp_us, (now_us() - o.timestamp_us) / 1000)))
        return operator

    operator = await connected(listening, job["url"], job["tokens"][0])
    await robot_known(operator)
    if job["mode"] in ("echo", "chunk"):
        await operator.set_active_operator(operator.local_identity())
    emit("ready")
    if job["mode"] == "claim":
        if await commands.wait("go"):
            await sample_claim(operator, job)
    else:
        chunks: list = []
        sending = asyncio.create_task(send_steadily(operator, job, chunks)) if job["mode"] in ("rival", "chunk") else None
        await commands.wait("finish")
        if sending is not None:
            sending.cancel()
        emit("result", observed=observed, chunks=chunks)
    await operator.disconnect()


asyncio.run(main())
