"""Answers of destinations, and what is done about them: the rules of OTLP."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from spanbridge_ingest.forward.options import ForwardLimits
from tests.forward.destinations import POISON, Say, grpc_destination, http_destination
from tests.forward.passing import passing
from tests.support import otlp

LATER = [
    *((grpc_destination, code) for code in (
        "CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS",
    )),
    *((http_destination, status) for status in (429, 502, 503, 504)),
]  # fmt: skip
FINAL = [
    *((grpc_destination, code) for code in (
        "UNKNOWN", "INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED", "UNAUTHENTICATED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "UNIMPLEMENTED", "INTERNAL",
    )),
    *((http_destination, status) for status in (307, 400, 401, 403, 404, 413, 415, 422, 500, 501)),
]  # fmt: skip
ALL_OR_NOTHING = [
    (grpc_destination, "INVALID_ARGUMENT"),
    (grpc_destination, "RESOURCE_EXHAUSTED"),
    (http_destination, 400),
    (http_destination, 413),
    (http_destination, 422),
]


@pytest.mark.parametrize(("serve", "status"), LATER)
async def test_a_passing_fault_is_tried_again(serve, status) -> None:
    with serve(Say(status), Say(status)) as (url, destination):
        async with passing(url) as through:
            await through.until_done(through.give(otlp.traces("a")))
    assert destination.taken() == {"a": 1}
    assert [attempt.taken for attempt in destination.attempts] == [False, False, True]
    assert through.total.retries == 2
    assert not through.total.dropped


@pytest.mark.parametrize(("serve", "status"), FINAL)
async def test_a_final_refusal_is_not_tried_again(serve, status, caplog) -> None:
    with serve() as (url, destination):
        destination.always = Say(status)
        async with passing(url) as through:
            await through.until_done(through.give(otlp.traces("a")))
    assert len(destination.attempts) == 1
    assert through.dropped == {"refused": 1}
    assert f"1 traces records were not passed on to {url}: refused ({status}" in caplog.text


@pytest.mark.parametrize(
    ("serve", "status", "retry_after", "least_s"),
    [
        (grpc_destination, "UNAVAILABLE", "0.6", 0.6),
        (grpc_destination, "RESOURCE_EXHAUSTED", "0.6", 0.6),
        (http_destination, 429, "1", 1.0),
        (http_destination, 503, "1", 1.0),
    ],
)
async def test_the_destination_says_when_to_come_back(
    serve, status, retry_after: str, least_s: float
) -> None:
    with serve(Say(status, retry_after)) as (url, destination):
        async with passing(url) as through:
            await through.until_done(through.give(otlp.traces("a")))
    first, second = destination.attempts
    assert second.at - first.at >= least_s
    assert destination.taken() == {"a": 1}


async def test_it_may_say_so_by_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    with http_destination(Say(503, date)) as (url, destination):
        async with passing(url) as through:
            await through.until_done(through.give(otlp.traces("a")))
    first, second = destination.attempts
    # A date has whole seconds: of the two at least one is left.
    assert second.at - first.at > 0.9


@pytest.mark.parametrize("asked", ["soon", "", "-1"])
async def test_nonsense_about_when_counts_as_silence(asked: str) -> None:
    with http_destination(Say(503, asked)) as (url, destination):
        async with passing(url) as through:
            await through.until_done(through.give(otlp.traces("a")))
    assert destination.taken() == {"a": 1}


@pytest.mark.parametrize(("serve", "status"), ALL_OR_NOTHING)
async def test_one_bad_span_does_not_take_its_neighbours_along(serve, status) -> None:
    names = [f"span{i}" for i in range(20)]
    with serve() as (url, destination):
        destination.spoiled = Say(status)
        async with passing(url) as through:
            number = through.give(otlp.traces(*names[:7], POISON, *names[7:]))
            await through.until_done(number, through.give(otlp.traces("next")))
    assert destination.taken() == dict.fromkeys([*names, "next"], 1)
    assert through.dropped == {"refused": 1}


async def test_a_destination_that_refuses_everything_is_not_asked_about_each_span() -> None:
    with http_destination() as (url, destination):
        destination.always = Say(400)
        async with passing(url) as through:
            await through.until_done(through.give(otlp.traces(*(f"s{i}" for i in range(500)))))
    assert through.dropped == {"refused": 500}
    assert len(destination.attempts) < 100


@pytest.mark.parametrize("serve", [grpc_destination, http_destination])
async def test_what_it_takes_in_part_is_counted_and_not_sent_again(serve) -> None:
    with serve(Say(rejected=1, words="one too many"), Say(rejected=2)) as (url, destination):
        async with passing(url) as through:
            await through.until_done(through.give(otlp.traces("a", "b", "c")))
            await through.until_done(through.give(otlp.logs("d", "e")))
    assert len(destination.attempts) == 2
    assert through.total.delivered == {"traces": 2}
    assert through.total.dropped == {"traces:rejected": 1, "logs:rejected": 2}


async def test_a_batch_is_given_up_in_the_end_and_the_next_gets_its_chance() -> None:
    limits = ForwardLimits(retry_s=0.5, backoff_first_s=0.05, backoff_most_s=0.1)
    with http_destination() as (url, destination):
        destination.always = Say(503)
        async with passing(url, limits=limits) as through:
            await through.until_done(through.give(otlp.traces("gone")))
            assert through.dropped == {"expired": 1}
            destination.always = Say()
            await through.until_done(through.give(otlp.traces("next")))
    assert destination.taken() == {"next": 1}


async def test_to_be_asked_for_more_patience_than_there_is_ends_it() -> None:
    with http_destination(Say(503, "3600")) as (url, destination):
        async with passing(url) as through:
            await through.until_done(through.give(otlp.traces("gone")))
    assert through.dropped == {"expired": 1}
    assert len(destination.attempts) == 1


async def test_a_destination_without_logs_still_gets_the_traces() -> None:
    with grpc_destination(signals=["traces"]) as (url, destination):
        async with passing(url) as through:
            through.give(otlp.logs("unwanted"))
            await through.until_done(through.give(otlp.traces("a")))
    assert destination.taken() == {"a": 1}
    assert through.total.dropped == {"logs:refused": 1}


@pytest.mark.parametrize("serve", [grpc_destination, http_destination])
async def test_neither_secrets_nor_content_are_logged(serve, caplog) -> None:
    secret, content = "Bearer hunter2", "what the user asked"
    refusal = 401 if serve is http_destination else "UNAUTHENTICATED"
    with caplog.at_level(logging.INFO), serve() as (url, destination):
        destination.always = Say(refusal, words=f"{secret} may not send {content}")
        async with passing(url, headers=(("authorization", secret),)) as through:
            await through.until_done(through.give(otlp.traces(content)))
    assert str(refusal) in caplog.text
    assert "check --forward-header" in caplog.text
    assert "hunter2" not in caplog.text
    assert content not in caplog.text


async def test_when_debugging_the_destination_is_quoted_without_the_secrets(caplog) -> None:
    with caplog.at_level(logging.DEBUG, "spanbridge_ingest"), http_destination() as (url, there):
        there.always = Say(403, words="hunter2 is no key of this project")
        async with passing(url, headers=(("x-api-key", "hunter2"),)) as through:
            await through.until_done(through.give(otlp.traces("a")))
    assert "says: *** is no key of this project" in caplog.text
