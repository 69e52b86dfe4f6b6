"""Model calls that two instrumentations report side by side.

Steps of :mod:`spanbridge_semconv.compile.totals` that do what
:mod:`spanbridge_semconv.doubles` does. The columns that begin with ``w_`` have an element per row
of the trace that may count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from spanbridge_semconv.compile.totals_arrays import Arrays, only, position, times
from spanbridge_semconv.doubles import MAX_GOING

Steps = Mapping[str, str]

# A span `t` of `w_all`: start, minus end, span id, scope, response id, and what a call keeps of the
# span that stands for it: usage, place, parent, requested model, input and output tokens.
# A call `g` that is going on: minus the first end, scopes, response id, and what it keeps.
_KEPT: Final = "Tuple(UInt8, UInt32, UInt64, UInt64, Int64, Int64)"
_GOING: Final = f"Array(Tuple(Int64, Array(UInt64), UInt64, {_KEPT}))"

_DIFFER: Final = "(g.4.{0} >= 0 AND t.6.{0} >= 0 AND g.4.{0} != t.6.{0})"
_MAY_BE: Final = (
    "NOT has(g.2, t.4) AND if(g.3 != 0 AND t.5 != 0, g.3 = t.5, "
    "t.6.3 != 0 AND t.6.4 != 0 AND g.4.3 = t.6.3 AND g.4.4 = t.6.4 "
    f"AND NOT {_DIFFER.format(5)} AND NOT {_DIFFER.format(6)})"
)
_DISTANCE: Final = "g.3 != t.5, t.2 < g.1, abs(t.2 - g.1)"
# The place of the nearest among the calls `k` that are going on; 0 if the span is none of them.
_NEAREST: Final = (
    f"arraySort(arrayFilter(x -> x.1, arrayMap((g, i) -> ({_MAY_BE}, {_DISTANCE}, i), "
    "k, arrayEnumerate(k))))[1].5"
)
_JOINED: Final = (
    "(greatest(g.1, t.2), arrayPushBack(g.2, t.4), if(g.3 != 0, g.3, t.5), "
    "if(g.4.1 > t.6.1, g.4, t.6))"
)
_CALLS: Final = (
    f"arrayConcat(arrayMap((g, i) -> if(i = h, {_JOINED}, g), k, arrayEnumerate(k)), "
    "if(h = 0, [(t.2, [t.4], t.5, t.6)], []))"
)
_GONE: Final = "if(h = 0, l, arrayPushBack(l, if(k[h].4.1 > t.6.1, t.6.2, k[h].4.2)))"
# Arrays are handed to a lambda as arguments: those that it takes from outside would be copied.
_STEP: Final = (
    f"arrayMap((k, l, t) -> arrayMap((k, l, t, h) -> ({_CALLS}, {_GONE}), "
    f"[k], [l], [t], [{_NEAREST}])[1], "
    f"[arraySlice(arrayFilter(g -> -g.1 > t.1, a.1), -{MAX_GOING})], [a.2], [t])[1]"
)


def doubles(arrays: Arrays) -> Steps:
    """``w_stands`` and ``w_counted`` tell, of the rows that may count, which do."""
    compared = ("w_starts", "w_durations", "w_ids", "scopes", "responses", "w_bits")
    kept = ("arrayEnumerate(w_ids)", "w_parents", "requested", "inputs", "outputs", "w_calls")
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
        "w_all": "arraySort(arrayMap((s, d, n, c, r, b, i, p, q, e, f, x) -> "
        "(s, -(s + d), n, c, r, (bitAnd(b, 1), i, p, q, e, f)), "
        + ", ".join(
            f"arrayFilter((v, x) -> x, {only('several', array)}, {only('several', 'w_calls')})"
            for array in (*compared, *kept)
        )
        + "))",
        "gone": f"arrayFold((a, t) -> {_STEP}, w_all, "
        f"(CAST([], '{_GOING}'), CAST([], 'Array(UInt32)'))).2",
        "repeats": times("gone", "arrayEnumerate(w_calls)"),
        "w_stands": "arrayMap((c, n) -> c AND n = 0, w_calls, repeats)",
        "w_counted": "arrayMap((c, n) -> c AND n = 0, w_counts, repeats)",
    }


def _candidates(array: str, bits: str = "bits") -> str:
    return f"arrayFilter((x, b) -> bitAnd(b, 3) > 0, {array}, {bits})"
