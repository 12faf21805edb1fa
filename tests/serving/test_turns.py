import asyncio
import threading

import httpx
import pytest
from small_server import QUESTION, on_a_socket, upload

from pincite import Assistant, PassagesEvent
from pincite.encoding.hashing import HashingEncoder
from pincite.serving.collections import Collections
from pincite.serving.keys import KeyFile
from pincite.serving.service import Service
from pincite.serving.turns import Turns
from pincite.web.limits import Busy, Limits


async def settled():
    for _ in range(20):
        await asyncio.sleep(0)


class Asked:
    """Requests that note when they come to work, and end when they are told to."""

    def __init__(self, turns):
        self.turns, self.worked, self.tasks, self.ends = turns, [], {}, {}

    def ask(self, name):
        self.ends[name] = asyncio.Event()

        async def work():
            async with self.turns.turn(name[0]):
                self.worked.append(name)
                await self.ends[name].wait()

        self.tasks[name] = asyncio.create_task(work())

    async def end(self, name):
        self.ends[name].set()
        await settled()

    async def end_all(self):
        for event in self.ends.values():
            event.set()
        return await asyncio.gather(*self.tasks.values(), return_exceptions=True)


def test_a_key_with_many_waiting_keeps_no_other_waiting_for_long():
    async def run():
        asked = Asked(Turns(Limits(concurrent=1, waiting=60)))
        for n in range(50):
            asked.ask(f"a{n}")
            await settled()
        asked.ask("b0")
        asked.ask("c0")
        await settled()
        for name in ("a0", "a1", "b0", "c0"):
            await asked.end(name)
        assert asked.worked == ["a0", "a1", "b0", "c0", "a2"]
        await asked.end_all()
        assert [name for name in asked.worked if name[0] == "a"] == [f"a{n}" for n in range(50)], "in their order"
        assert (asked.turns.working, asked.turns.waiting) == (0, 0)

    asyncio.run(run())


def test_the_next_turn_goes_to_the_key_that_has_fewest_at_work():
    async def run():
        asked = Asked(Turns(Limits(concurrent=3)))
        for name in ("a0", "a1", "b0", "a2", "b1"):
            asked.ask(name)
            await settled()
        assert asked.worked == ["a0", "a1", "b0"]
        await asked.end("b0")
        assert asked.worked[-1] == "b1", "b has none at work, a has two"
        await asked.end("a0")
        assert asked.worked[-1] == "a2"
        await asked.end_all()

    asyncio.run(run())


def test_where_all_places_are_taken_the_key_with_most_gives_one_up():
    async def run():
        asked = Asked(Turns(Limits(concurrent=1, waiting=4)))
        for n in range(6):
            asked.ask(f"a{n}")
            await settled()
        assert isinstance(asked.tasks["a5"].exception(), Busy), "a place of its own is no other's"
        for name in ("b0", "b1", "b2"):
            asked.ask(name)
            await settled()
        assert isinstance(asked.tasks["a4"].exception(), Busy)
        assert isinstance(asked.tasks["a3"].exception(), Busy)
        assert isinstance(asked.tasks["b2"].exception(), Busy), "both have two"
        assert asked.turns.waiting == 4
        await asked.end_all()
        assert sorted(asked.worked) == ["a0", "a1", "a2", "b0", "b1"]

    asyncio.run(run())


def test_a_long_request_gives_way_between_its_parts_and_is_never_refused_in_the_middle():
    async def run():
        turns, worked = Turns(Limits(concurrent=1, waiting=2, wait_s=30)), []

        async def long():
            async with turns.turn("a") as turn:
                for n in range(3):
                    await turn.give_way()
                    worked.append(f"a{n}")
                    await asyncio.sleep(0.02)

        async def short(name):
            async with turns.turn(name[0]):
                worked.append(name)
                await asyncio.sleep(0.02)

        begun = asyncio.create_task(long())
        await settled()
        others = [asyncio.create_task(short(name)) for name in ("b0", "c0")]
        await asyncio.gather(begun, *others)
        assert worked[0] == "a0"
        assert worked[-1] == "a2"
        assert set(worked[1:4]) >= {"b0", "c0"}
        assert (turns.working, turns.waiting) == (0, 0)

    asyncio.run(run())


@pytest.mark.parametrize("given", [False, True])
def test_one_that_leaves_while_it_gives_way_holds_no_turn(given):
    async def run():
        turns, end = Turns(Limits(concurrent=1)), asyncio.Event()

        async def long():
            async with turns.turn("a") as turn:
                await settled()
                await turn.give_way()

        async def short():
            async with turns.turn("b"):
                await end.wait()

        begun = asyncio.create_task(long())
        await asyncio.sleep(0)
        other = asyncio.create_task(short())
        await settled()
        await settled()
        if given:
            # The turn comes back to it in the same moment in which it leaves.
            end.set()
            await asyncio.sleep(0)
        begun.cancel()
        end.set()
        await asyncio.gather(begun, other, return_exceptions=True)
        assert (turns.working, turns.waiting) == (0, 0)
        async with turns.turn("c"):
            assert turns.working == 1

    asyncio.run(run())


class Slow(Assistant):
    async def astream(self, question, **options):
        yield PassagesEvent(())
        await asyncio.sleep(0.3)
        async for event in super().astream(question, **options):
            yield event


def test_fifty_requests_of_one_key_leave_another_its_turn(tmp_path):
    keys = KeyFile(tmp_path / "keys.json")
    secrets = {name: keys.create(name)[1] for name in ("aster", "birch")}
    collections = Collections(tmp_path / "data", HashingEncoder(), lambda index: Slow(index, threshold=0))
    service = Service(collections, Limits(concurrent=2, waiting=16), keys=keys)

    def client(name):
        return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {secrets[name]}"}, timeout=60)

    def flood():
        async def ask(flooding):
            statuses.append((await flooding.post("/v1/ask", json={"question": QUESTION})).status_code)

        async def run():
            headers = {"Authorization": f"Bearer {secrets['aster']}"}
            limits = httpx.Limits(max_connections=50)
            async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60, limits=limits) as flooding:
                await asyncio.gather(*(ask(flooding) for _ in range(50)))

        asyncio.run(run())

    statuses = []
    with on_a_socket(service) as address, client("aster") as aster, client("birch") as birch:
        for each in (aster, birch):
            upload(each, ("ferry.md", "# The ferry\n\nThe ferry to Aster leaves at nine in the morning.\n"))
            assert each.post("/v1/ask", json={"question": QUESTION}).status_code == 200
        flooding = threading.Thread(target=flood)
        flooding.start()
        while service.turns.waiting < 16:
            assert flooding.is_alive()
        mine = birch.post("/v1/ask", json={"question": QUESTION})
        waiting_then = service.turns.waiting
        flooding.join()
    assert mine.status_code == 200
    assert waiting_then > 0, "it did not have to wait for all of the others"
    assert statuses.count(200) >= 16
    assert set(statuses) == {200, 429}
