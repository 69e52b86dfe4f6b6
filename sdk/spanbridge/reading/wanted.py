"""What is looked for, from the arguments of a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spanbridge.exceptions import InvalidValueError
from spanbridge.fluent import experiment
from spanbridge.reading.service import Query


@dataclass(frozen=True)
class Wanted:
    """Which traces are wanted, wherever they are; the attributes are those of searches."""

    filter_string: str | None
    order_by: Sequence[str] | None
    run_id: str | None
    model_id: str | None
    include_spans: bool

    def query(self, experiment_ids: Sequence[str] | None, locations: Sequence[str] | None) -> Query:
        """What the service is asked.

        Raises:
            InvalidValueError: an argument is malformed.
        """
        named = (experiment_ids or (), locations or ())
        for name, given in zip(("experiment_ids", "locations"), named, strict=True):
            if isinstance(given, str) or not all(isinstance(one, str) for one in given):
                raise InvalidValueError(f"{name} is a list of texts, not {given!r}")
        return Query(
            filter_string=self._filter(),
            order_by=self.order_by or (),
            experiment_ids=[*named[0], *named[1]],
            run_id=self.run_id,
            include_spans=self.include_spans,
        )

    def _filter(self) -> str:
        said = self.filter_string or ""
        if self.model_id is None:
            return said
        if not isinstance(self.model_id, str):
            raise InvalidValueError(f"model_id is a text, not {self.model_id!r}")
        quoted = self.model_id.replace("'", "''")
        of_model = f"metadata.`mlflow.modelId` = '{quoted}'"
        return f"({said}) AND {of_model}" if said else of_model


def active_unless(
    experiment_ids: Sequence[str] | None, locations: Sequence[str] | None
) -> Sequence[str] | None:
    """``experiment_ids``; the experiment in force if neither says anything."""
    if experiment_ids is None and locations is None and (active := experiment()):
        return [active]
    return experiment_ids
