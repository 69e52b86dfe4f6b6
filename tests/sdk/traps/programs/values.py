"""Inputs and outputs that JSON has no words for, and values that change later."""

import dataclasses
import datetime
import decimal
import enum
import json
import pathlib
import uuid

import pydantic

import spanbridge


class Silent:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: int


class Model(pydantic.BaseModel):
    name: str


circle: list = []
circle.append(circle)
VALUES = {
    "circle": circle,
    "silent": Silent(),
    "nan": float("nan"),
    "infinity": float("inf"),
    "bytes": b"\xff\x00",
    "nul": "a\x00b",
    "surrogate": "\ud800",
    "set": {1},
    "tuple": (1, 2),
    "keys": {1: "one", (2, 3): "pair", None: "nothing"},
    "huge": 2**80,
    "point": Point(1, 2),
    "model": Model(name="m"),
    "enum": Colour.RED,
    "date": datetime.date(2026, 1, 31),
    "decimal": decimal.Decimal("1.5"),
    "path": pathlib.PurePosixPath("/a/b"),
    "uuid": uuid.UUID(int=1),
    "type": int,
    "exception": ValueError("v"),
}


@spanbridge.trace
def through(value):
    return value


same = [through(value) is value for value in VALUES.values()]
with spanbridge.start_span("attributes") as span:
    for name, value in VALUES.items():
        span.set_attribute(name, value)

with spanbridge.start_span("changing") as span:
    messages = ["first"]
    span.set_inputs({"messages": messages})
    messages.append("second")


@spanbridge.trace
def grows(items: list) -> list:
    items.append("grown")
    return items


grows(["given"])
print(json.dumps({"same": all(same)}))
