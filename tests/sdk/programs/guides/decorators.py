"""The decorator in all its forms, and functions of others wrapped by it."""

import functools
import json
import math

import spanbridge as mlflow
from spanbridge.entities import SpanType


@mlflow.trace(span_type="func", attributes={"key": "value"})
def add_1(x):
    return x + 1


@mlflow.trace(span_type="func", attributes={"weights": [1, 2], "precise": True})
def minus_1(x):
    return x - 1


@mlflow.trace(name="there and back")
def there_and_back(x):
    return minus_1(add_1(x))


@mlflow.trace
def with_defaults(question: str, *rest: int, unit: str = "km", **more: str) -> dict:
    """Answer."""
    return {"question": question, "rest": rest, "unit": unit, **more}


def powers(x, y):
    raised = mlflow.trace(math.pow)(x, y)
    named = mlflow.trace(lambda value: value * 2, name="double", span_type=SpanType.PARSER)
    return named(mlflow.trace(math.factorial)(int(raised)))


class Shop:
    """Methods of every kind, and either order of decorators."""

    name = "corner"

    @mlflow.trace
    def price(self, item: str) -> int:
        return len(item)

    @classmethod
    @mlflow.trace
    def opened(cls, year: int) -> str:
        return f"{cls.name} {year}"

    @mlflow.trace
    @classmethod
    def closed(cls, year: int) -> str:
        return f"{cls.name} {year}"

    @staticmethod
    @mlflow.trace
    def vat(price: float) -> float:
        return price * 1.2

    @mlflow.trace
    @staticmethod
    def discount(price: float) -> float:
        return price * 0.9


def announced(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        print("calling", function.__name__)
        return function(*arguments)

    return wrapper


@mlflow.trace(name="outside")
@announced
def outside(x, y):
    return x + y


@announced
@mlflow.trace(name="inside")
def inside(x, y):
    return x * y


@mlflow.trace(span_type=SpanType.LLM)
def local_model(prompt: str) -> str:
    span = mlflow.get_current_active_span()
    span.set_attributes({"model": "tiny", "temperature": 0.5})
    span.set_attribute("tries", 2)
    return prompt.upper()


@mlflow.trace(name="Summaries")
def summarize(document: str, instructions: str) -> str:
    mlflow.update_current_trace(request_preview=f"Document: {document[:10]}... {instructions}")
    mlflow.update_current_trace(response_preview="Summary: short")
    return document[:20]


@mlflow.trace
def outer(value: int) -> int:
    with mlflow.start_span(name="inner block", span_type=SpanType.CHAIN) as span:
        span.set_inputs({"value": value})
        span.set_outputs(add_1(value))
        return span.outputs


results = [
    there_and_back(4),
    with_defaults("how far", 1, 2, speed="slow"),
    powers(2, 3),
    Shop().price("bread"),
    Shop.opened(1999),
    Shop.closed(2020),
    Shop.vat(10.0),
    Shop.discount(price=10.0),
    outside(5, 3),
    inside(5, 3),
    local_model("hi"),
    summarize("A long document " * 10, "be brief"),
    outer(8),
]
names = [with_defaults.__name__, with_defaults.__doc__, Shop.price.__qualname__]
print(json.dumps({"results": results, "names": names}))
