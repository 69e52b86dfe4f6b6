"""Methods that are recorded are bound as before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import assert_type

from spanbridge import trace


class Agent:
    """A class whose methods of every kind are recorded."""

    @trace
    def ask(self, question: str) -> str:
        return question

    @trace(name="think")
    async def think(self, depth: int) -> list[int]:
        return [depth]

    @trace
    async def stream(self, count: int) -> AsyncIterator[bytes]:
        yield b"x" * count

    @classmethod
    @trace
    def named(cls, name: str) -> Agent:
        return cls()

    @staticmethod
    @trace
    def score(text: str) -> float:
        return float(len(text))

    @trace
    @classmethod
    def outside_class_method(cls, name: str) -> Agent:
        return cls()

    @trace(span_type="TOOL")
    @staticmethod
    def outside_static_method(text: str) -> float:
        return float(len(text))

    @property
    @trace
    def depth(self) -> int:
        return 1


agent = Agent()
assert_type(agent.ask("why"), str)
assert_type(Agent.ask(agent, "why"), str)
assert_type(Agent.named("x"), Agent)
assert_type(agent.named("x"), Agent)
assert_type(Agent.score("x"), float)
assert_type(agent.score("x"), float)
assert_type(Agent.outside_class_method("x"), Agent)
assert_type(agent.outside_static_method("x"), float)
assert_type(agent.depth, int)
agent.ask(1)  # error
agent.ask("why", "else")  # error
Agent.named(1)  # error
agent.score(1)  # error
Agent.outside_class_method(1)  # error
agent.outside_static_method(1)  # error


async def asynchronously() -> None:
    assert_type(await agent.think(1), list[int])
    await agent.think("deep")  # error
    async for item in agent.stream(1):
        assert_type(item, bytes)


class Special(Agent):
    @trace
    def ask(self, question: str) -> str:
        return super().ask(question)
