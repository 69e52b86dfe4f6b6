"""Exceptions pass through traced code and stay visible in the trace."""

import json

import spanbridge as mlflow


class OutOfStock(Exception):
    pass


@mlflow.trace
def reserve(item: str) -> None:
    raise OutOfStock(f"no {item} left")


@mlflow.trace
def order(item: str) -> str:
    with mlflow.start_span("checks") as span:
        span.set_inputs(item)
        reserve(item)
    return "ordered"


@mlflow.trace
def careful(item: str) -> str:
    try:
        reserve(item)
    except OutOfStock:
        return "another day"
    return "ordered"


@mlflow.trace
def judged(answer: str) -> str:
    mlflow.get_current_active_span().set_status("ERROR")
    return answer


@mlflow.trace
def noted() -> None:
    span = mlflow.get_current_active_span()
    span.record_exception(ValueError("odd, but fine"))
    span.set_outputs("explicit")


caught = ""
try:
    order("bread")
except OutOfStock as error:
    caught = str(error)
print(json.dumps({"caught": caught, "careful": careful("milk"), "judged": judged("42")}))
noted()
