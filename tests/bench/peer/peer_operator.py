"""The peer's operator: answers states, observes, or connects and claims again and again, as the job's mode says."""
import asyncio
import time

from bench_io import Commands, connected, emit, fields, load_job, now_us, row_values
from livekit import portal


def build(job: dict) -> portal.Operator:
    config = portal.OperatorConfig(job["session"])
    config.set_fps(job["fps"])
    config.add_state_typed(fields(portal))
    config.add_action_typed(fields(portal))
    if job["video"]:
        config.add_video("front", portal.VideoCodec.H264)
    return portal.Operator(config)


async def robot_known(operator: portal.Operator) -> None:
    deadline = time.monotonic() + 10
    while operator.robot_identity() is None:
        if time.monotonic() > deadline:
            raise TimeoutError("no robot in the session after 10 s")
        await asyncio.sleep(0.0005)


async def sample_connect(job: dict) -> None:
    """A fresh operator each time: connect() called until connected with the robot known, attempts that failed included."""
    samples, refused = [], 0
    for token in job["tokens"]:
        started = time.perf_counter()
        for attempt in range(job["attempts"]):
            operator = build(job)
            try:
                await operator.connect(job["url"], token)
                await robot_known(operator)
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
    if job["mode"] == "echo":
        await operator.set_active_operator(operator.local_identity())
    emit("ready")
    if job["mode"] == "claim":
        if await commands.wait("go"):
            await sample_claim(operator, job)
    else:
        await commands.wait("finish")
        emit("result", observed=observed)
    await operator.disconnect()


asyncio.run(main())
