"""Clients that say which revision of the protocol they read."""

from __future__ import annotations

from collections import Counter

import httpx
import pytest

from tests.clickhouse_http.native_reading import BLOCK_INFO, flagged, plainly
from tests.clickhouse_http.serving import Served


@pytest.mark.parametrize(
    ("asked", "code"), [("new", 36), ("-1", 36), ("²", 36), ("9" * 5000, 36), ("54000", 48)]
)
def test_revisions_that_cannot_be(front: Served, asked: str, code: int) -> None:
    parameters = {"query": "SELECT 1", "client_protocol_version": asked}
    answer = httpx.get(front.url, params=parameters)
    assert answer.headers["x-clickhouse-exception-code"] == str(code)
    assert "client_protocol_version" in answer.text


@pytest.mark.parametrize("asked", ["", "0", "54460"])
def test_other_formats_have_no_revision(front: Served, asked: str) -> None:
    parameters = {"query": "SELECT 1 FORMAT JSONCompact", "client_protocol_version": asked}
    assert httpx.get(front.url, params=parameters).json()["data"] == [[1]]


def test_every_block_of_a_stream_has_its_head(front: Served) -> None:
    query = "SELECT n, s, m, t, o FROM numbers_table WHERE n < 20000 FORMAT Native"
    parameters = {"query": query, "max_block_size": "2000"}
    plain = httpx.get(front.url, params=parameters).content
    parameters["client_protocol_version"] = "54460"
    answered = httpx.get(front.url, params=parameters).content
    # Blocks come in no order.
    assert Counter(flagged(answered)[2]) == Counter(plainly(plain)[2])
    assert answered.count(BLOCK_INFO) > 1
