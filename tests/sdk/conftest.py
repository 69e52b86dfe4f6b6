"""One service and one model server for all programs that tests run."""

from tests.support.programs import llm, runner

__all__ = ["llm", "runner"]
