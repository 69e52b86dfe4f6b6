"""The expansion used by the other tests does what Grafana's and the plugin's documentation says."""

from __future__ import annotations

import pytest

from tests.grafana.macros import ALL, Context, expand

CONTEXT = Context(
    1_700_000_000,
    1_700_003_600,
    interval_s=90.5,
    values={"service": ["a b", "it's, \\"], "model": ALL, "session": "x&y", "none": []},
)


@pytest.mark.parametrize(
    ("query", "expanded"),
    [
        ("$__timeFilter(Timestamp)",
         "Timestamp >= toDateTime(1700000000) AND Timestamp <= toDateTime(1700003600)"),
        ("$__timeInterval(t) AS time",
         "toStartOfInterval(toDateTime(t), INTERVAL 90 second) AS time"),
        ("$__fromTime, $__toTime", "toDateTime(1700000000), toDateTime(1700003600)"),
        ("$__interval_s", "90"),
        ("$__timeFilter(if(a, b, (c)))",
         "if(a, b, (c)) >= toDateTime(1700000000) AND if(a, b, (c)) <= toDateTime(1700003600)"),
        ("'${service:percentencode}'", "'%7Ba%20b%2Cit%27s%2C%20%5C%7D'"),
        ("'${model:percentencode}'", "'%2A'"),
        ("'${session:percentencode}'", "'x%26y'"),
        ("'${none:percentencode}'", "'%7B%7D'"),
    ],
)  # fmt: skip
def test_expansion(query: str, expanded: str) -> None:
    assert expand(query, CONTEXT) == expanded


def test_intervals_are_a_second_at_least() -> None:
    short = Context(0, 1, interval_s=0.01)
    assert expand("$__timeInterval(t)", short).endswith("INTERVAL 1 second)")


@pytest.mark.parametrize("query", ["'$service'", "'${service}'", "${service:sqlstring}"])
def test_a_variable_in_another_format_is_an_error(query: str) -> None:
    with pytest.raises(AssertionError, match="as it is"):
        expand(query, CONTEXT)


def test_an_unknown_macro_is_an_error() -> None:
    with pytest.raises(KeyError):
        expand("$__timeBlender(t)", CONTEXT)
