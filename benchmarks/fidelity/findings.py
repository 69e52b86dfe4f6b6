"""What was read of one fact, and the verdict when several traces tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["right", "missed", "wrong", "invented", "absent"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One fact as one document, or all documents of a case, tell it.

    Attributes:
        field: the field of the table.
        label: which of several facts of the field; '' if there is one.
        wanted: what really happened.
        found: what the document says.
        recorded: whether the recording contains it in any form.
        right: whether what was found is what was wanted.
        empty: whether the document leaves it open, which contradicts nothing.
    """

    field: str
    label: str
    wanted: Any
    found: Any
    recorded: bool
    right: bool
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one fact.

    ``missed``: it is in the recording, and the document leaves it open. ``wrong``: the document
    says something else. ``invented``: so it does, and the recording does not contain the truth.
    ``absent``: the recording does not contain it, so it does not apply.
    """

    field: str
    label: str
    wanted: Any
    found: Any
    verdict: Verdict


def judge(readings: Sequence[Reading]) -> Finding:
    """The verdict on a fact that each of the readings tells.

    It is right if some reading has it and none contradicts. It does not apply if the recording
    does not contain it, unless something was read nevertheless: then that is right or invented.
    """
    first = readings[0]
    contradicting = [r for r in readings if not r.right and not r.empty]
    is_recorded = any(reading.recorded for reading in readings)
    right = [reading for reading in readings if reading.right and not reading.empty]
    verdict: Verdict
    if contradicting:
        verdict = "wrong" if is_recorded else "invented"
        first = contradicting[0]
    elif right or (is_recorded and any(reading.right for reading in readings)):
        verdict = "right"
    elif is_recorded:
        verdict = "missed"
    else:
        verdict = "absent"
    return Finding(first.field, first.label, first.wanted, first.found, verdict)


def unlike(values: Sequence[Any]) -> list[Any]:
    """The different ones of the values, in order."""
    return list(dict.fromkeys(values))
