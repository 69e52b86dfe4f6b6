"""The Native format in the revision that a client asks for, of data that the engine makes up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import chdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanbridge_ingest.clickhouse_http import native
from spanbridge_ingest.clickhouse_http.failures import FrontError
from tests.clickhouse_http.native_reading import BLOCK_INFO, flagged, plainly


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    handle = chdb.connect(str(tmp_path_factory.mktemp("engine")))
    for setting in ("allow_suspicious_low_cardinality_types", "allow_suspicious_variant_types"):
        handle.query(f"SET {setting} = 1")
    yield handle
    handle.close()


_NUMBERS = [f"{kind}{bits}" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64, 128, 256)]
_TIMES = ["Date", "Date32", "DateTime", "DateTime('Europe/Berlin')", "DateTime64(9, 'UTC')"]
_TEXTS = ["String", "FixedString(5)", "Enum8('a,(' = 1, 'b\\'`)' = -2)", "Enum16('x' = 1000)"]
_OTHERS = ["UUID", "IPv4", "IPv6", "Bool", "Float32", "Float64"]
_DECIMALS = ["Decimal(9, 2)", "Decimal(18, 9)", "Decimal(38, 18)", "Decimal(76, 30)"]
_SIMPLE = st.sampled_from([*_NUMBERS, *_TIMES, *_TEXTS, *_OTHERS, *_DECIMALS])
_LOW = st.sampled_from(
    ["String", "FixedString(3)", "UInt16", "Int64", "Date", "DateTime", "Nullable(String)"]
).map("LowCardinality({})".format)
_KEYS = st.sampled_from(["String", "LowCardinality(String)", "UInt32", "UUID", "Date"])
_LEAVES = _SIMPLE | _SIMPLE.map("Nullable({})".format) | _LOW


def _containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        inner.map("Array({})".format),
        st.tuples(_KEYS, inner).map(lambda pair: f"Map({pair[0]}, {pair[1]})"),
        several.map(lambda kinds: f"Tuple({', '.join(kinds)})"),
        several.map(
            lambda kinds: f"Tuple({', '.join(f'`e {n}` {k}' for n, k in enumerate(kinds))})"
        ),
    )


TYPES = st.recursive(_LEAVES, _containers, max_leaves=6)


@settings(max_examples=60)
@given(st.lists(TYPES, min_size=1, max_size=4), st.integers(0, 2**32), st.integers(0, 40))
def test_any_column_is_read_as_before(engine: Any, types: list[str], seed: int, rows: int) -> None:
    structure = ", ".join(f"c{n} {kind}" for n, kind in enumerate(types)).replace("'", "''")
    structure = structure.replace("\\", "\\\\")
    source = f"generateRandom('{structure}', {seed}, 200, 3)"
    data = engine.query(
        f"SELECT * FROM {source} LIMIT {rows} SETTINGS max_block_size = 16", "Native"
    ).bytes()

    wanted = plainly(data)
    assert flagged(native.in_revision(data, 54460)) == wanted
    assert plainly(native.in_revision(data, 54453), headed=True) == wanted


_DOCUMENT = """'{"a": 1, "b": {"c": [1, null]}, "d": [{"e": "x"}], "t": "2020-01-01"}'"""


@pytest.mark.parametrize(
    "expression",
    [
        "multiIf(number % 3 = 0, NULL, number % 3 = 1, 'x', number)::Variant(UInt64, String)",
        "if(number % 2, number::Dynamic, toString(number)::Dynamic)",
        "CAST([number, 'a', NULL], 'Array(Dynamic)')",
        f"{_DOCUMENT}::JSON",
        f"{_DOCUMENT}::JSON(t Date, b.c Array(Nullable(UInt8)), SKIP d, SKIP REGEXP 'q, x')",
        f"[{_DOCUMENT}::JSON(max_dynamic_paths=1), '{{}}'::JSON(max_dynamic_paths=1)]",
        "map('k', number::LowCardinality(Nullable(UInt64)))",
        "toLowCardinality(toString(number))",
        "(number, number)::Point",
        "[[(1, 2)]]::Polygon",
        "[1, number]::QBit(Float32, 2)",
        "tuple()",
        "NULL",
        "[]",
        "INTERVAL number DAY",
        "number::BFloat16",
        "('10:00:00'::Time, '10:00:00.123'::Time64(6))",
        "CAST(number, 'SimpleAggregateFunction(sum, UInt64)')",
        "repeat('x', number * 100)",
    ],
)
@pytest.mark.parametrize("rows", [1, 10, 1000])
@pytest.mark.parametrize("flat", [0, 1])
def test_columns_end_where_the_next_begins(
    engine: Any, expression: str, rows: int, flat: int
) -> None:
    way = f"output_format_native_use_flattened_dynamic_and_json_serialization = {flat}"
    data = engine.query(
        f"SELECT {expression} AS c, 'end' AS e FROM numbers({rows}) SETTINGS {way}", "Native"
    ).bytes()
    answered = native.in_revision(data, 54460)
    # All that is added is a head and two flags, the second before the texts of the last column.
    assert answered.startswith(BLOCK_INFO)
    assert len(answered) == len(data) + len(BLOCK_INFO) + 2
    assert answered.endswith(b"\x01e\x06String\x00" + b"\x03end" * rows)


def test_what_has_no_known_length_is_refused(engine: Any) -> None:
    data = engine.query("SELECT avgState(number) FROM numbers(3)", "Native").bytes()
    with pytest.raises(FrontError, match=r"AggregateFunction\(avg, UInt64\).*finalizeAggregation"):
        native.in_revision(data, 54460)
    with pytest.raises(FrontError, match="another FORMAT"):
        native.in_revision(data[:20], 54460)
