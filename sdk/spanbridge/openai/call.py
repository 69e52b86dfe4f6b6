"""One request to OpenAI's API, and its span."""

from __future__ import annotations

from typing import Any

from spanbridge import settings
from spanbridge.entities.status import SpanStatus, SpanStatusCode
from spanbridge.generators import STOPPED_EARLY
from spanbridge.integration import redacted
from spanbridge.live_span import LiveSpan
from spanbridge.openai import attributes, messages
from spanbridge.openai.content import message_attributes
from spanbridge.openai.credentials import without_credentials
from spanbridge.openai.endpoints import Endpoint
from spanbridge.openai.facts import Body, Failure, RequestFacts
from spanbridge.openai.guard import guarded
from spanbridge.openai.parsing import body_of
from spanbridge.openai.responses import recorded, response_facts
from spanbridge.openai.tools import function_tools
from spanbridge_semconv.messages import Messages


class Call:
    """A request that is under way. Its span ends once, whoever says so first.

    Args:
        span: its span, started.
        endpoint: where it goes.
        body: what is sent.
        request: what that says.
        hides_usage: usage is asked for which the application did not ask for.
    """

    def __init__(
        self,
        span: LiveSpan,
        endpoint: Endpoint,
        body: Body,
        request: RequestFacts,
        *,
        hides_usage: bool = False,
    ) -> None:
        self.span = span
        self.endpoint = endpoint
        self.request = request
        self.hides_usage = hides_usage
        self.is_streamed = False
        self._content = b""
        self._under_way = [True]
        if span.is_recording:
            self._take_request(body)

    @guarded
    def _take_request(self, body: Body) -> None:
        """Keep what is sent as it is now; the application may change its lists afterwards."""
        if not self.span.keeps_content:
            return
        wanted = settings.current()
        body = without_credentials(body)
        self.span.set_inputs(body)
        if wanted.mlflow and (tools := function_tools(self.request.tools)):
            self.span.set_attribute("mlflow.chat.tools", tools)
        if wanted.gen_ai or wanted.content_in_events:
            said = messages.request_messages(self.endpoint, body)
            self.span.set_attributes(message_attributes(said))

    @property
    def is_over(self) -> bool:
        """Whether its span has ended."""
        return not self._under_way

    def leave_to_the_parent(self) -> None:
        """Be over without ending the span: this is a forked child's copy of a call under way."""
        self._under_way.clear()

    @guarded
    def received(self, response: Any) -> None:
        """Take a response of httpx; its body if it has been read.

        Args:
            response: what ``_process_response`` of the client is given.
        """
        self.span.set_attribute("http.response.status_code", response.status_code)
        retries = response.request.headers.get("x-stainless-retry-count", "0")
        if retries.isdecimal() and int(retries) > 0:
            self.span.set_attribute("http.request.resend_count", int(retries))
        if response.is_closed:
            self._content = response.content

    @guarded
    def returned(self) -> None:
        """The application has its answer; if that was not streamed, the call is over."""
        if not self.is_streamed:
            self.completed(body_of(self._content))

    @guarded
    def failed(self, error: BaseException) -> None:
        """The request, or reading its response, raised."""
        if self._ends():
            status = getattr(error, "status_code", None)
            if isinstance(status, int):
                self.span.set_attribute("http.response.status_code", status)
            self.span.record_exception(error)
            self._finish(body_of(self._content))

    @guarded
    def completed(self, body: Body) -> None:
        """The answer has been seen to its end.

        Args:
            body: of the response, put together if it was streamed.
        """
        if self._ends():
            self._finish(body)

    @guarded
    def interrupted(self, body: Body, error: BaseException | None) -> None:
        """The answer was not read to its end.

        Args:
            body: what was seen of it.
            error: why; None if the application has simply stopped reading.
        """
        if not self._ends():
            return
        if error is None:
            self.span.set_attribute(STOPPED_EARLY, True)
            self.span.set_status(SpanStatusCode.UNSET)
        else:
            self.span.record_exception(error)
        self._finish(body)

    def _ends(self) -> bool:
        """Whether this is the first word that it is over.

        Without a lock: the collector of cycles may say so in the middle of anything.
        """
        try:
            self._under_way.pop()
        except IndexError:
            return False
        return True

    def _finish(self, body: Body) -> None:
        try:
            if body:
                self._take_response(body)
        finally:
            self.span.end()

    def _take_response(self, body: Body) -> None:
        wanted = settings.current()
        facts = response_facts(self.endpoint, body)
        self.span.set_attributes(
            attributes.response_attributes(facts, gen_ai=wanted.gen_ai, mlflow=wanted.mlflow)
        )
        if facts.failure is not None:
            self._take_failure(facts.failure)
        if not self.span.keeps_content:
            return
        kept = without_credentials(recorded(self.endpoint, body))
        self.span.set_outputs(kept)
        if wanted.gen_ai or wanted.content_in_events:
            answer = messages.response_messages(self.endpoint, kept)
            self.span.set_attributes(message_attributes(Messages(output=answer)))

    def _take_failure(self, failure: Failure) -> None:
        """The response says that the request failed, though HTTP did not."""
        self.span.set_attribute("error.type", failure.type)
        if self.span.status.status_code is not SpanStatusCode.ERROR:
            description = failure.type
            if settings.current().exception_texts:
                said = redacted(failure.message, "exception.message")
                description = f"{failure.type}: {said}"
            self.span.set_status(SpanStatus(SpanStatusCode.ERROR, description))
