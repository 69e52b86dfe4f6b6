"""The spans of a trace as a tree, and the model calls and counted usage by their nests.

Steps of :mod:`spanbridge_semconv.compile.totals`, one row per trace. The columns ``ids``,
``parents``, ``bits``, ``starts`` and ``durations`` have an element per row of the trace, those that
begin with ``n_`` one per node. Nodes are numbered from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from spanbridge_semconv.compile.totals_arrays import Arrays, only, position, rounds, times

Steps = Mapping[str, str]

_PER_ROW: Final = ("ids", "parents", "bits", "starts", "durations")


def copies(arrays: Arrays) -> Steps:
    """Of the copies of a span one becomes a node."""
    ranked = (
        *("bits", "durations", "starts"),
        arrays.gather("inputs", only("copied", "place")),
        arrays.gather("outputs", only("copied", "place")),
        *("parents", "ids", "arrayEnumerate(ids)"),
    )
    return {
        "copied": "length(arrayDistinct(ids)) < length(ids)",
        "place": "arrayCumSum(b -> bitAnd(b, 3) > 0, bits)",
        "ranked": "arrayReverseSort(arrayMap((b, d, s, i, o, p, id, r) -> "
        "(bitAnd(b, 1), d, -s, if(bitAnd(b, 3) > 0, i, -1), if(bitAnd(b, 3) > 0, o, -1), "
        f"b, p, id, r), {', '.join(only('copied', array) for array in ranked)}))",
        "chosen": "if(copied, arraySort(arrayMap(t -> t.9, arrayFilter((t, n) -> n = 1, ranked, "
        "arrayEnumerateUniq(ranked.8)))), arrayEnumerate(ids))",
        **{
            f"n_{name}": f"if(copied, {arrays.gather(name, only('copied', 'chosen'))}, {name})"
            for name in _PER_ROW
        },
        "nodes": "arrayEnumerate(chosen)",
    }


def pairs(arrays: Arrays) -> Steps:
    """``up`` points to the parent, ``model`` tells the nodes that may be calls.

    The response of a call in two parts stands between its request and their parent.
    """
    part = "arraySort(arrayFilter(t -> bitAnd(t.5, {0}) = {0}, arrayZip({1})))"
    zipped = ", ".join(
        only("parted", array) for array in ("above", "n_starts", "n_ids", "nodes", "n_bits")
    )
    return {
        # The ids come first and are all different: a parent gets the number of its node.
        "above": "arraySlice(arrayEnumerateDense(arrayConcat(n_ids, n_parents)), "
        "length(n_ids) + 1)",
        "told": "arrayMap((a, i) -> if(a > length(nodes) OR a = i, 0, a), above, nodes)",
        "asked": "arrayExists(b -> bitAnd(b, 10) = 10, n_bits)",
        "parted": "asked AND arrayExists(b -> bitAnd(b, 18) = 18, n_bits)",
        "asking": part.format(10, zipped),
        "answering": part.format(18, zipped),
        "nth": position(
            ("answering.1", "arrayEnumerateUniq(answering.1)"),
            ("asking.1", "arrayEnumerateUniq(asking.1)"),
        ),
        "pair": "arrayFilter(t -> t.2 > 0 AND t.3 >= t.4, arrayZip(asking.4, "
        f"{arrays.gather('answering.4', 'nth')}, {arrays.gather('answering.2', 'nth')}, asking.2))",
        # The response of each node that is a request.
        "answer": "arrayResize("
        + arrays.gather("pair.2", position(("pair.1",), (only("parted", "nodes"),)))
        + ", length(nodes))",
        "lone": "arrayMap((b, n) -> bitAnd(b, 10) = 10 AND n = 0, "
        f"{only('asked', 'n_bits')}, {times('pair.1', only('asked', 'nodes'))})",
        "model": "arrayMap((b, l) -> bitAnd(b, 2) > 0 AND NOT l, n_bits, "
        "arrayResize(lone, length(nodes)))",
        "joined": "arrayMap((p, a) -> if(a > 0, a, p), told, answer)",
        # Where every parent starts before its children there is no circle.
        "doubtful": "arrayExists((s, p, t) -> p > 0 AND t >= s, n_starts, joined, "
        f"{arrays.gather('n_starts', 'joined')})",
        "turned": arrays.doubled(only("doubtful", "joined"), rounds("length(nodes)")),
        "circle": "arrayDistinct(arrayFilter(x -> x > 0, turned))",
        "up": f"if(empty(circle), joined, arrayMap((p, n) -> if(n > 0, 0, p), joined, "
        f"{times('circle', 'nodes')}))",
    }


def nests(arrays: Arrays) -> Steps:
    """``calls`` tells the nodes that stand for a call, ``counts`` those whose usage counts."""
    return {
        "nest": f"arrayExists((m, n) -> m AND n > 0, model, {times('up', 'nodes')})",
        "sums": "arrayExists((m, b) -> NOT m AND bitAnd(b, 1) > 0, model, n_bits)",
        **{
            f"{short}_{name}": only(name, array)
            for name in ("sums", "nest")
            for short, array in (
                ("only", "n_bits"),
                ("nodes", "nodes"),
                ("model", "model"),
                ("up", "up"),
            )
        },
        # The nearest node above that carries usage: at any distance, and up to a tool.
        **_nearest(arrays, "far", "sums", "bitAnd(b, 1) > 0"),
        **_nearest(arrays, "near", "nest", "bitAnd(b, 5) > 0"),
        # The nearest call above, up to a tool.
        **_nearest(arrays, "outer", "nest", "m OR bitAnd(b, 4) > 0"),
        "far_used": _each(
            times("arrayMap((p, b) -> if(bitAnd(b, 1) > 0, p, 0), far, only_sums)", "nodes_sums")
        ),
        "near_used": _each(
            times("arrayMap((p, b) -> if(bitAnd(b, 5) = 1, p, 0), near, only_nest)", "nodes_nest")
        ),
        "inner": _each(times("arrayMap((p, m) -> if(m, p, 0), outer, model_nest)", "nodes_nest")),
        "counts": "arrayMap((b, m, f, n) -> bitAnd(b, 1) > 0 AND if(m, n, f) = 0, "
        "n_bits, model, far_used, near_used)",
        "leaf": "arrayMap((m, i) -> m AND i = 0, model, inner)",
        # How many leaves without usage have this node as the nearest with usage.
        "silent": times(
            "arrayMap((p, l, b) -> if(l AND bitAnd(b, 1) = 0, p, 0), near, "
            "arrayResize(leaf, length(near)), only_nest)",
            "nodes_nest",
        ),
        "takes": "arrayMap((c, m, i, n) -> toUInt8(c AND m AND i > 0 AND n = 1), "
        "arrayResize(counts, length(near)), model_nest, arrayResize(inner, length(near)), silent)",
        "taken": _each(arrays.gather("takes", "near")),
        "stands": "arrayMap((l, b, t, o) -> t OR (l AND (bitAnd(b, 1) > 0 OR o = 0)), "
        f"leaf, n_bits, {_each('takes')}, taken)",
        "moved": "arrayMap((s, b, a) -> if(s AND bitAnd(b, 1) = 0, a, 0), "
        f"{only('parted', 'stands')}, {only('parted', 'n_bits')}, {only('parted', 'answer')})",
        "calls": "if(parted, arrayMap((s, a, n) -> (s AND a = 0) OR n > 0, "
        f"{only('parted', 'stands')}, moved, {times('moved', only('parted', 'nodes'))}), stands)",
    }


def _each(array: str) -> str:
    """An array with an element per node, zeros where it was not needed."""
    return f"arrayResize({array}, length(nodes))"


def _nearest(arrays: Arrays, name: str, wanted: str, stop: str) -> Steps:
    """``name`` points to the nearest node above for which ``stop`` holds, if ``wanted`` does.

    ``stop`` names the bits of a node and whether it may be a call by ``b`` and ``m``.
    """
    about = f"only_{wanted}, model_{wanted}"
    return {
        f"{name}_from": f"arrayMap((p, i, b, m) -> if({stop}, i, p), "
        f"up_{wanted}, nodes_{wanted}, {about})",
        f"{name}_at": arrays.doubled(
            f"{name}_from", rounds(f"arrayCount((b, m) -> NOT ({stop}), {about})")
        ),
        name: arrays.gather(f"{name}_at", f"up_{wanted}"),
    }
