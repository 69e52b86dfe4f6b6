"""Programs that trace their own functions and blocks."""

from __future__ import annotations

import json
from typing import Any

from tests.support.programs import Document, Run, inputs, outputs, root, span, spans, tokens, tree


def io(one: Document) -> tuple[Any, Any]:
    return inputs(one), outputs(one)


def test_decorated_and_wrapped_functions(run: Run) -> None:
    done = run("decorators")
    how_far = {"question": "how far", "rest": [1, 2], "unit": "km", "speed": "slow"}
    assert done.lines[:2] == ["calling outside", "calling inside"]
    assert done.printed["results"] == [
        *(4, how_far, 80640, 5, "corner 1999", "corner 2020", 12.0, 9.0, 8, 15),
        *("HI", "A long document A lo", 9),
    ]
    assert done.printed["names"] == ["with_defaults", "Answer.", "Shop.price"]
    trees = [tree(trace) for trace in done.traces]
    assert trees[0] == {"there and back UNKNOWN": {"add_1 UNKNOWN": {}, "minus_1 UNKNOWN": {}}}
    roots = {root(trace)["name"]: root(trace) for trace in done.traces}
    assert list(roots)[1:] == [
        *("with_defaults", "pow", "factorial", "double", "price", "opened", "closed"),
        *("vat", "discount", "outside", "inside", "local_model", "Summaries", "outer"),
    ]
    inner = {one["name"]: one for one in done.traces[0]["spans"]}
    assert inner["add_1"]["attributes"]["mlflow.spanType"] == '"func"'
    assert inner["add_1"]["attributes"]["key"] == "value"
    assert inner["minus_1"]["attributes"]["weights"] == [1, 2]
    assert inner["minus_1"]["attributes"]["precise"] is True
    assert io(inner["minus_1"]) == ({"x": 5}, 4)
    given = {"question": "how far", "rest": [1, 2], "unit": "km", "more": {"speed": "slow"}}
    assert io(roots["with_defaults"]) == (given, how_far)
    assert io(roots["price"]) == ({"item": "bread"}, 5)
    assert io(roots["opened"]) == ({"year": 1999}, "corner 1999")
    assert io(roots["vat"])[0] == {"price": 10.0}
    assert io(roots["inside"])[0] == {"x": 5, "y": 3}
    assert roots["double"]["span_type"] == "PARSER"
    assert roots["local_model"]["span_type"] == "LLM"
    attributes = roots["local_model"]["attributes"]
    assert (attributes["model"], attributes["temperature"], attributes["tries"]) == ("tiny", 0.5, 2)
    assert trees[-1] == {"outer UNKNOWN": {"inner block CHAIN": {"add_1 UNKNOWN": {}}}}


def test_previews_of_a_trace_are_the_programs_own(run: Run) -> None:
    done = run("decorators")
    [summary] = [trace for trace in done.traces if trace["name"] == "Summaries"]
    assert summary["request_preview"] == "Document: A long doc... be brief"
    assert summary["response_preview"] == "Summary: short"
    [priced] = [trace for trace in done.traces if trace["name"] == "price"]
    assert "bread" in priced["request_preview"]
    assert priced["response_preview"] == "5"


def test_exceptions_pass_and_are_recorded(run: Run) -> None:
    done = run("errors")
    assert done.printed == {"caught": "no bread left", "careful": "another day", "judged": "42"}
    failed, careful, judged, noted = done.traces
    assert tree(failed) == {"order UNKNOWN": {"checks UNKNOWN": {"reserve UNKNOWN": {}}}}
    for one in failed["spans"]:
        assert one["status"]["code"] == "ERROR"
        assert one["status"]["message"] == "OutOfStock: no bread left"
        [event] = one["events"]
        assert event["name"] == "exception"
        assert event["attributes"]["exception.message"] == "no bread left"
        assert event["attributes"]["exception.type"].endswith("OutOfStock")
        assert "raise OutOfStock" in event["attributes"]["exception.stacktrace"]
    assert [failed["state"], careful["state"]] == ["ERROR", "OK"]
    assert span(careful, "reserve")["status"]["code"] == "ERROR"
    assert root(judged)["status"]["code"] == "ERROR"
    assert outputs(root(judged)) == "42"
    assert outputs(root(noted)) == "explicit"
    assert [event["name"] for event in root(noted)["events"]] == ["exception"]


def test_blocks_functions_and_models_share_a_trace(run: Run) -> None:
    done = run("chat_session", typed="hello\nand now?\nbye\n")
    assert done.lines == ["5"]
    assert tree(done.trace) == {
        "talk CHAIN": {
            "User UNKNOWN": {},
            "chat gpt-fake CHAT_MODEL": {},
            "User UNKNOWN 1": {},
            "chat gpt-fake CHAT_MODEL 1": {},
            "User UNKNOWN 2": {},
        }
    }
    turns = spans(done.trace, "User")
    assert [outputs(turn) for turn in turns] == ["hello", "and now?", "bye"]
    # What was set is what it was then: the list grew later.
    assert [len(inputs(turn)) for turn in turns] == [1, 3, 5]
    assert len(spans(done.trace, "chat gpt-fake")[0]["input_messages"]) <= 2


def test_spans_of_every_type(run: Run) -> None:
    done = run("span_types")
    types = done.printed["types"]
    assert len(types) == 15
    # A type of one's own is UNKNOWN where types are compared, and keeps its name.
    assert root(done.trace)["span_type"] == "UNKNOWN"
    assert done.printed["own"] == "CHANGED"
    for kind in types:
        one = span(done.trace, f"a {kind}")
        assert one["span_type"] == kind
        assert kind.lower() in json.dumps([inputs(one), one["input_messages"]])
    retrieved = span(done.trace, "retrieve")
    assert [d["content"] for d in retrieved["retrieval"]["documents"]] == [
        *("The Nile is long.", "So is the Amazon.")
    ]
    model = span(done.trace, "model")
    assert tokens(model) == (10, 5)
    assert "look_up" in str(model["tool_definitions"])
    [event] = model["events"]
    assert (event["name"], event["attributes"]) == ("retry", {"attempt": 2})


def test_functions_that_yield(run: Run) -> None:
    done = run("generators")
    hello = "Hello from the fake model."
    assert done.printed == {
        "numbers": [0, 1, 2, 3, 4],
        "letters": ["a", "b", "c"],
        "slowly": [0, 1, 2],
        "predicted": hello,
    }
    numbers, letters, slowly, predicted, reader = done.traces
    assert outputs(root(numbers)) == [0, 1, 2, 3, 4]
    assert len(root(numbers)["events"]) == 5
    assert io(root(letters)) == ({"word": "abc"}, "abc")
    assert outputs(root(slowly)) == {"count": 3}
    assert tree(slowly) == {
        "slowly UNKNOWN": {"step 0 UNKNOWN": {}, "step 1 UNKNOWN": {}, "step 2 UNKNOWN": {}}
    }
    assert outputs(root(predicted)) == hello
    assert len(root(predicted)["events"]) == 7
    assert tree(reader) == {"reader UNKNOWN": {"consume UNKNOWN": {"letters UNKNOWN": {}}}}


def test_tasks_and_threads(run: Run) -> None:
    done = run("concurrent_work")
    assert done.printed == {"letters": ["A", "B", "C"], "answers": 2, "apart": 2}
    pipeline, together, *apart = done.traces
    below = tree(pipeline)["pipeline UNKNOWN"]
    assert sorted(str(inside) for inside in below.values()) == [
        f"{{'inside {name} UNKNOWN': {{}}}}" for name in "abc"
    ]
    call = {"chat gpt-fake CHAT_MODEL": {}}
    workers = {"worker UNKNOWN": call, "worker UNKNOWN 1": call}
    assert tree(together) == {"together UNKNOWN": workers}
    # Threads have contexts of their own; nothing is guessed.
    assert [trace["name"] for trace in apart] == ["apart", "worker", "worker"]


def test_switching_tracing_off_and_runs(run: Run) -> None:
    done = run("switches")
    assert done.printed == {
        "done": ["on True", "off False", "on again True", "off here False"],
        "enabled_while_off": False,
        "linked": [{"name": "in a run"}],
        "run": True,
    }
    names = [inputs(root(trace))["name"] for trace in done.traces]
    assert names == ["on", "on again", "in a run", "after the run"]
    assert [bool(trace["run_id"]) for trace in done.traces] == [False, False, True, False]


def test_what_is_hidden_does_not_leave_the_process(run: Run) -> None:
    done = run("redaction")
    hidden, assistant, bare, after = done.traces
    assert inputs(root(hidden)) == {"text": "Write to [address]"}
    assert "ada@example.com" not in json.dumps(hidden)
    assert "1234567890" not in json.dumps({**assistant, "spans": assistant["spans"][1:]})
    tool = span(assistant, "account_of")
    assert outputs(tool) == "[account]"
    assert tool["attributes"]["redacted"] is True
    [message] = span(assistant, "chat gpt-fake")["input_messages"]
    assert message["parts"][0]["content"] == "Is [account] a good number?"
    # The model was asked the real question.
    assert "1234567890" in json.dumps(done.requests[0].body)
    assert inputs(root(bare)) == {"text": "Nothing hidden from bob@example.com"}
    assert inputs(root(after)) == {"text": "after the reset"}


def test_one_trace_across_services(run: Run) -> None:
    done = run("services", "call")
    assert done.printed["same"] is True
    assert "traceparent" in done.printed["headers"]
    assert tree(done.trace) == {"client UNKNOWN": {"handle UNKNOWN": {"answer UNKNOWN": {}}}}
    services = {one["resource"]["service.name"] for one in done.trace["spans"]}
    assert len(services) == 2
    assert io(span(done.trace, "handle")) == ("hello", "HELLO")
