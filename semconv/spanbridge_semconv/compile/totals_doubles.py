"""Model calls that two instrumentations report side by side.

Steps of :mod:`spanbridge_semconv.compile.totals` that do what
:mod:`spanbridge_semconv.doubles` does. The columns that begin with ``w_`` have an element per row
of the trace that may count.
"""

from __future__ import annotations

from collections.abc import Mapping

from spanbridge_semconv.compile.totals_arrays import Arrays, only, position, times

Steps = Mapping[str, str]


def doubles(arrays: Arrays) -> Steps:
    """``w_stands`` and ``w_counted`` tell, of the rows that may count, which do."""
    compared = (
        *("w_starts", "w_durations", "w_ids", "scopes", "responses", "w_bits"),
        *("arrayEnumerate(w_ids)", "w_parents", "requested", "w_calls"),
    )
    return {
        "node": f"if(copied, {position(('chosen',), (only('copied', 'arrayEnumerate(ids)'),))}, "
        "nodes)",
        **{
            f"w_{name}": _candidates(
                f"if(copied, {arrays.gather(name, only('copied', 'node'))}, {name})"
            )
            for name in ("calls", "counts")
        },
        "several": "length(arrayDistinct(arrayFilter((s, c) -> c, scopes, w_calls))) > 1",
        **{
            f"w_{name}": _candidates(only("several", name), only("several", "bits"))
            for name in ("ids", "parents", "bits", "starts", "durations")
        },
        "w_all": "arrayMap((s, d, id, c, r, b, i, p, q, x) -> "
        "(s, -(s + d), id, c, r, bitAnd(b, 1), i, p, q, x), "
        f"{', '.join(only('several', array) for array in compared)})",
        **_pass("named", "t.5", "t.10 AND t.5 != 0"),
        **_pass(
            "beside",
            "(t.8, t.9)",
            "t.10 AND t.8 != 0 AND t.9 != 0 AND NOT has(named_gone, t.7)",
        ),
        "gone": times("arrayConcat(named_gone, beside_gone)", "arrayEnumerate(w_calls)"),
        "w_stands": "arrayMap((c, n) -> c AND n = 0, w_calls, gone)",
        "w_counted": "arrayMap((c, n) -> c AND n = 0, w_counts, gone)",
    }


def _candidates(array: str, bits: str = "bits") -> str:
    return f"arrayFilter((x, b) -> bitAnd(b, 3) > 0, {array}, {bits})"


def _pass(name: str, key: str, taken: str) -> Steps:
    """``<name>_gone``: the places of rows that repeat a call of the same ``key``.

    ``key`` and ``taken`` are about an element ``t`` of ``w_all``. The elements of ``<name>_calls``:
    key, start, minus end, span id, scope, response id, usage, place.
    """
    calls, kind, last = f"{name}_calls", f"{name}_kind", f"{name}_last"
    lasting, same, told = f"{name}_lasting", f"{name}_same", f"{name}_told"
    before = f"arraySlice(arrayPushFront({last}, (toUInt32(0), toInt64(0))), 1, length({last}))"
    order = f"{name}_order"
    return {
        calls: f"arraySort(arrayMap(t -> ({key}, t.1, t.2, t.3, t.4, t.5, t.6, t.7), "
        f"arrayFilter(t -> {taken}, w_all)))",
        kind: f"arrayEnumerateDense({calls}.1)",
        # The latest end so far among calls of one key.
        last: f"arrayReduceInRanges('max', arrayMap(i -> (1, i), arrayEnumerate({calls})), "
        f"arrayMap((k, t) -> (k, -t.3), {kind}, {calls}))",
        lasting: "arrayCumSum(arrayMap((t, k, b) -> k != b.1 OR t.2 >= b.2, "
        f"{calls}, {kind}, {before}))",
        same: f"arrayEnumerateDense({lasting}, arrayEnumerateUniq({lasting}, {calls}.5))",
        told: "arrayDistinct(arrayFilter(t -> t.2 != 0, "
        f"arrayMap((s, t) -> (s, t.6), {same}, {calls})))",
        f"{name}_differ": "arrayDistinct(arrayFilter((s, n) -> n > 1, "
        f"{told}.1, arrayEnumerateUniq({told}.1)))",
        order: "arraySort(arrayMap((s, t, i) -> (s, t.7, i, t.8), "
        f"{same}, {calls}, arrayEnumerate({calls})))",
        f"{name}_gone": "arrayMap(t -> t.4, arrayFilter((t, s, d) -> t.1 = s AND d = 0, "
        f"{order}, arraySlice(arrayPushBack({order}.1, 0), 2), "
        f"{position((f'{name}_differ',), (f'{order}.1',))}))",
    }
