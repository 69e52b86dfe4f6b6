"""Which price counts: precedence, validity, tiers and times of day."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from spanbridge_ingest.prices.book import Called, PriceBook
from spanbridge_ingest.prices.cost import rate_at, usage_cost
from spanbridge_ingest.prices.match import clause
from spanbridge_ingest.prices.own import own_price
from spanbridge_ingest.prices.price import DAY_S, Amounts, Price
from spanbridge_semconv import Usage

MILLION = Usage(1_000_000, 0, 1_000_000)
DAY_NS = DAY_S * 1_000_000_000
GPT = Called("openai", "gpt-4o", "gpt-4o-2024-08-06")


def own(model: str = "gpt-4o", usd: str = "1", provider: str = "openai", **rest: object) -> Price:
    return own_price(provider, model, {"input": usd}, **rest)  # type: ignore[arg-type]


def listed(
    model: str, usd: str, provider: str = "openai", kind: str = "equals", **rest: object
) -> Price:
    amounts = Amounts(input=Decimal(usd))
    return Price(provider, model, clause(kind, model), amounts, **rest)  # type: ignore[arg-type]


def cost(
    prices: list[Price], called: Called = GPT, at_ns: int = DAY_NS, usage: Usage = MILLION
) -> Decimal | None:
    rate = rate_at(PriceBook(prices).rates(called), at_ns, usage)
    return None if rate is None else usage_cost(rate.amounts, usage)


def test_an_own_price_comes_before_the_package_s(packaged: list[Price]) -> None:
    assert cost(packaged) == Decimal("2.5")
    assert cost([*packaged, own()]) == 1


def test_the_response_s_model_comes_before_the_request_s() -> None:
    request, response = listed("gpt-4o", "3"), listed("gpt-4o-2024-08-06", "2", position=1)
    assert cost([request, response]) == 2
    assert cost([request]) == 3
    assert cost([own(), own("gpt-4o-2024-08-06", "4")]) == 4


def test_the_first_matching_model_of_the_package_counts() -> None:
    narrow = listed("gpt-4o-2024", "3", kind="starts_with", position=1)
    broad = listed("gpt", "2", kind="contains", position=0)
    assert cost([narrow, broad]) == 2


@pytest.mark.parametrize(
    ("preferred", "other"),
    [
        (own(usd="7"), own(usd="8", provider="")),
        (own(usd="7"), own("gpt", "8", kind="starts_with")),
        (own("gpt-4", "7", kind="contains"), own("gpt", "8", kind="starts_with")),
        (own(usd="7", valid_from="1970-01-02"), own(usd="8")),
        (replace(own(usd="7"), revision=2), replace(own(usd="8"), revision=1)),
    ],
    ids=["provider", "whole name", "longer part", "later start", "later added"],
)
def test_the_more_exact_own_price_counts(preferred: Price, other: Price) -> None:
    assert cost([preferred, other]) == cost([other, preferred]) == 7


def test_an_own_price_for_any_provider_needs_no_provider() -> None:
    ours = own("llama", "2", provider="", kind="starts_with")
    assert cost([ours], Called("", "Llama-3.3-70B", "")) == 2
    assert cost([ours], Called("vllm", "llama-3.3", "")) == 2
    assert cost([ours], Called("vllm", "my-llama", "")) is None


def test_an_own_price_holds_for_a_provider_found_by_the_name(packaged: list[Price]) -> None:
    assert cost([*packaged, own()], Called("", "gpt-4o", "")) == 1
    assert cost([*packaged, own()], Called("openai.responses", "gpt-4o", "")) == 1
    assert cost([*packaged, own()], Called("azure.ai.openai", "gpt-4o", "")) == Decimal("2.5")


def test_a_name_that_two_providers_claim_is_unknown() -> None:
    claim = clause("starts_with", "mix")
    one = listed("mix-1", "1", provider="a", providerless=claim)
    two = listed("mix-1", "2", provider="b", providerless=claim)
    called = Called("", "mix-1", "")
    assert cost([one], called) == 1
    assert cost([one, two], called) is None


def test_validity_includes_its_start_and_excludes_its_end() -> None:
    price = own(valid_from="1970-01-03", valid_to="1970-01-04T00:00:01Z")
    start, end = 2 * DAY_NS, 3 * DAY_NS + 1_000_000_000
    found = [cost([price], at_ns=at) for at in (start - 1, start, end - 1, end)]
    assert found == [None, 1, 1, None]


def test_outside_its_validity_an_own_price_gives_way(packaged: list[Price]) -> None:
    prices = [*packaged, own(valid_from="1970-01-03", valid_to="1970-01-04")]
    found = [cost(prices, at_ns=day * DAY_NS) for day in (1, 2, 3)]
    assert found == [Decimal("2.5"), 1, Decimal("2.5")]


def test_a_tier_holds_for_all_tokens_of_larger_requests() -> None:
    prices = [own(usd="1"), own(usd="2", above_tokens=1000)]
    per_token = Decimal("0.000001")
    assert cost(prices, usage=Usage(1000, 0, 1000)) == 1000 * per_token
    assert cost(prices, usage=Usage(1001, 0, 1001)) == 2 * 1001 * per_token


def test_a_time_of_day_holds_every_day() -> None:
    night = listed("gpt-4o", "1", day_from=0, day_to=3600)
    day = listed("gpt-4o", "2", day_from=3600)
    hour = 3600 * 1_000_000_000
    for days in (0, 20_000):
        at = days * DAY_NS
        assert cost([night, day], at_ns=at + hour - 1) == 1
        assert cost([night, day], at_ns=at + hour) == 2


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(100, 10, 110), "0.000220"),
        (Usage(100, 10, 110, cache_read_tokens=60), "0.000160"),
        (Usage(100, 10, 110, cache_write_tokens=60), "0.000340"),
        (Usage(100, 10, 110, 60, 40), "0.000240"),
        (Usage(100, 10, 110, reasoning_tokens=4), "0.000300"),
        (Usage(100, None, 100), "0.000100"),
        (Usage(0, 0, 0), "0"),
        (Usage(100, None, None), None),
        (Usage(None, 10, None), None),
        (Usage(), None),
    ],
)
def test_the_arithmetic(usage: Usage, expected: str | None) -> None:
    usd = [Decimal(n) for n in ("1", "0", "3", "12", "32", "0")]
    assert usage_cost(Amounts(*usd), usage) == (None if expected is None else Decimal(expected))


def test_tokens_without_a_price_make_the_cost_unknown() -> None:
    input_only = Amounts(input=Decimal(1)).complete()
    assert usage_cost(input_only, Usage(5, 0, 5)) == Decimal("0.000005")
    assert usage_cost(input_only, Usage(5, 1, 6)) is None
    assert usage_cost(Amounts(output=Decimal(1)).complete(), Usage(5, 1, 6, 5)) is None


def test_a_price_per_request_is_added_once() -> None:
    amounts = Amounts(input=Decimal(1), request=Decimal("0.005")).complete()
    assert usage_cost(amounts, MILLION) == Decimal("1.005")


def test_sums_are_exact_whatever_their_size() -> None:
    tiny = Amounts(input=Decimal("0.00000000000000000001")).complete()
    most = 2**64 - 1
    assert usage_cost(tiny, Usage(most, None, most)) == Decimal(most).scaleb(-26)
