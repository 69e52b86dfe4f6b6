"""What belongs to a trace and not to a span: tags, metadata, session, user, previews.

All of it travels as attributes of the topmost span that this process has of the trace, written
while that span is open, so that it survives every OpenTelemetry pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass, field, replace
from typing import Any, Final

from spanbridge.settings import WITHHELD, current, redacted
from spanbridge.values import Attribute, clean, from_json, to_json

TAG_PREFIX: Final = "mlflow.traceTag."
METADATA_PREFIX: Final = "spanbridge.trace.metadata."
SESSION_METADATA: Final = "mlflow.trace.session"
USER_METADATA: Final = "mlflow.trace.user"
RUN_METADATA: Final = "mlflow.sourceRun"
EXPERIMENT: Final = "mlflow.experimentId"

_PREVIEWS: Final = ("request_preview", "response_preview")
_VALUES: Final = (*_PREVIEWS, "client_request_id", "state")


@dataclass
class TraceState:
    """What is known of a trace beside its spans."""

    tags: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    session_id: str | None = None
    user: str | None = None
    request_preview: str | None = None
    response_preview: str | None = None
    client_request_id: str | None = None
    state: str | None = None
    root: object = None
    """The open span that carries all this."""

    def update(
        self,
        *,
        tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        session_id: str | Sequence[str] | None = None,
        user: str | None = None,
        **values: str | None,
    ) -> None:
        """Add tags and metadata; set the other values that are given."""
        for key, value in (tags or {}).items():
            self.tags[clean(str(key))] = as_text(redacted(value, f"tags.{key}"))
        for key, value in (metadata or {}).items():
            if key == SESSION_METADATA:
                session_id = value if session_id is None else session_id
            elif key == USER_METADATA:
                user = value if user is None else user
            elif str(key).startswith("mlflow."):
                self.metadata[key] = as_text(value)
            else:
                self.metadata[clean(str(key))] = as_text(redacted(value, f"metadata.{key}"))
        for name, value in {"session_id": session_id, "user": user, **values}.items():
            if value is None or (name in _PREVIEWS and not current().content_on_spans):
                continue
            said = value if name == "state" else redacted(value, name)
            # One word for all would make one session of all, and one user.
            if said != WITHHELD or name in _PREVIEWS:
                setattr(self, name, as_text(said))

    def withhold_previews(self) -> None:
        """Leave out what was said, because something was to be hidden and could not."""
        self.request_preview = self.request_preview and WITHHELD
        self.response_preview = self.response_preview and WITHHELD

    def facts(self) -> dict[str, Attribute]:
        """What leaves with the topmost span if something could not be hidden: nothing personal."""
        metadata = self.metadata.copy()
        found: dict[str, Attribute] = {
            key if key == EXPERIMENT else METADATA_PREFIX + key: metadata[key]
            for key in (EXPERIMENT, RUN_METADATA)
            if key in metadata
        }
        if self.state is not None:
            found["spanbridge.trace.state"] = self.state
        return found

    def forget_previews(self, *, request: bool, response: bool) -> None:
        """Let go of what restates inputs or outputs that are not to be recorded."""
        if request:
            self.request_preview = None
        if response:
            self.response_preview = None

    def on_every_span(self, gen_ai: bool) -> dict[str, Attribute]:
        """The session and the user, which queries over spans group by."""
        found: dict[str, Attribute] = {}
        if self.session_id is not None:
            found["session.id"] = self.session_id
            if gen_ai:
                found["gen_ai.conversation.id"] = self.session_id
        if self.user is not None:
            found["user.id"] = self.user
        return found

    def on_the_root(self) -> dict[str, Attribute]:
        """Everything else."""
        # Copies, because other threads may add to them meanwhile.
        found: dict[str, Attribute] = {}
        if self.tags:
            found = {TAG_PREFIX + key: text for key, text in self.tags.copy().items()}
        if self.metadata:
            for key, text in self.metadata.copy().items():
                found[key if key == EXPERIMENT else METADATA_PREFIX + key] = text
        for name in _VALUES:
            if (value := getattr(self, name)) is not None:
                found[f"spanbridge.trace.{name}"] = value
        return found


def as_text(value: object) -> str:
    """A value of a tag: texts, and what JSON spells as a text, as they are; the rest as JSON."""
    if isinstance(value, str):
        return clean(str.__str__(value))
    text = to_json(value)
    return str(from_json(text)) if text.startswith('"') else text


@dataclass(frozen=True)
class Ambient:
    """What ``tracing.context`` says of the traces that begin inside."""

    enabled: bool = True
    tags: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    session_id: str | Sequence[str] | None = None
    user: str | None = None
    entered: tuple[object, ...] = ()
    """What it is made of, the innermost last."""

    def begin(self) -> TraceState:
        """The state of a trace that begins now."""
        state = TraceState()
        if self is NOTHING:
            return state
        state.update(
            tags=self.tags, metadata=self.metadata, session_id=self.session_id, user=self.user
        )
        return state


NOTHING: Final = Ambient()
ambient: Final[ContextVar[Ambient]] = ContextVar("spanbridge_ambient", default=NOTHING)


class unrecorded:
    """A context manager inside which no span is recorded.

    Hooks run so: what they do is no work of the application, and would be handed to them again.
    """

    def __enter__(self) -> None:
        self._token: Token[Ambient] = ambient.set(replace(ambient.get(), enabled=False))

    def __exit__(self, *_: object) -> None:
        ambient.reset(self._token)
