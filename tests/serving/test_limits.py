import asyncio
import threading
import time

import httpx
import pytest
from small_server import QUESTION, client_of, make_service, on_a_socket, problem_of

from pincite import Assistant, PassagesEvent, Retriever
from pincite.serving.turns import Turns
from pincite.web.limits import Busy, Limits


class Slow(Assistant):
    async def astream(self, question, **options):
        yield PassagesEvent(())
        await asyncio.sleep(0.5)
        async for event in super().astream(question, **options):
            yield event


def test_some_work_some_wait_and_the_others_are_told_when_to_come_again(tmp_path):
    service = make_service(
        tmp_path, limits=Limits(concurrent=2, waiting=2), make=lambda index: Slow(index, threshold=0)
    )

    async def all_at_once(address):
        async with httpx.AsyncClient(base_url=address) as client:
            asked = (client.post("/v1/ask", json={"question": QUESTION}) for _ in range(10))
            return await asyncio.gather(*asked)

    with on_a_socket(service) as address:
        responses = asyncio.run(all_at_once(address))
        statuses = sorted(response.status_code for response in responses)
        assert statuses == [200] * 4 + [429] * 6
        for response in responses:
            if response.status_code == 429:
                assert 1 <= int(response.headers["retry-after"]) <= 60
                assert problem_of(response)["type"] == "rate_limit_error"
        assert httpx.post(f"{address}/v1/ask", json={"question": QUESTION}).status_code == 200, "turns come back"


def test_a_wait_is_bounded_and_a_waiter_that_leaves_holds_no_place():
    async def run():
        turns = Turns(Limits(concurrent=1, waiting=1, wait_s=0.05))
        async with turns.turn():
            started = time.monotonic()
            with pytest.raises(Busy):
                async with turns.turn():
                    pass
            assert time.monotonic() - started < 2

            async def wait():
                async with turns.turn():
                    pass

            left = asyncio.create_task(wait())
            await asyncio.sleep(0.01)
            left.cancel()
            await asyncio.sleep(0.01)
            assert (turns.working, turns.waiting) == (1, 0)
        async with turns.turn():
            assert turns.working == 1
        assert turns.working == 0

    asyncio.run(run())


def test_a_search_that_nobody_waits_for_holds_its_turn_until_it_is_done(tmp_path, monkeypatch):
    service, go_on = make_service(tmp_path), threading.Event()
    monkeypatch.setattr(Retriever, "search", lambda *_, **__: go_on.wait(20) and ())
    with on_a_socket(service) as address:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{address}/v1/search", json={"query": "ferry"}, timeout=0.5)
        time.sleep(0.3)
        assert service.turns.working == 1
        go_on.set()
        for _ in range(100):
            if not service.turns.working:
                break
            time.sleep(0.05)
        assert service.turns.working == 0


def test_a_body_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    with client_of(make_service(tmp_path, limits=Limits(body_bytes=1000))) as client:
        response = client.post("/v1/ask", json={"question": "x" * 2000})
        assert response.status_code == 413
        assert problem_of(response)["type"] == "too_large"
        pieces = (b'{"question": "', *(b"x" * 100 for _ in range(20)), b'"}')
        response = client.post("/v1/ask", content=iter(pieces), headers={"Content-Type": "application/json"})
        assert response.status_code == 413


def test_a_body_that_does_not_arrive_is_given_up(tmp_path):
    service = make_service(tmp_path, limits=Limits(body_s=0.2))

    def never():
        yield b'{"question": '
        time.sleep(1)
        yield b'"Why?"}'

    with on_a_socket(service) as address:
        response = httpx.post(f"{address}/v1/ask", content=never(), headers={"Content-Type": "application/json"})
        assert response.status_code == 408
        assert problem_of(response)["type"] == "timeout"


def test_a_batch_has_a_size(client):
    questions = [{"id": n, "question": "Why?"} for n in range(101)]
    assert client.post("/v1/batch", json={"questions": questions}).status_code == 422
    assert client.post("/v1/batch", json={"questions": []}).status_code == 422
