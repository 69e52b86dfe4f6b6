"""The guide's program runs as it stands there; so does the example."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.programs import Runner, inputs, root, span, tokens, tree

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "guides" / "sdk.md"


def test_the_guides_program_runs(runner: Runner, tmp_path: Path) -> None:
    program = tmp_path / "guide.py"
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    program.write_text("\n\n".join(blocks), "utf-8")
    done = runner(program)
    printed = "\n".join(done.lines)
    assert "greet" in done.lines[0]
    for line in (
        "['slow', 'ly']",
        "Here is what I found: rain.",
        "164",
        "s-7 {'message': 'hello'}",
    ):
        assert line in done.lines, printed
    traces = {trace["name"]: trace for trace in done.traces}
    assert tree(traces["plan"]) == {"plan CHAIN": {"look up RETRIEVER": {}}}
    assert tokens(traces["ask"]) == (138, 26)
    chat = traces["chat"]
    assert (chat["session_id"], chat["user_id"], chat["tags"]) == ("s-7", "ann", {"team": "search"})
    assert [one["name"] for one in chat["assessments"]] == ["helpful"]
    assert tree(traces["caller"]) == {"caller UNKNOWN": {"greet UNKNOWN": {}}}
    names = [inputs(span(trace, "greet"))["name"] for trace in done.traces if "greet" in str(trace)]
    assert names == ["Ada", "Bob", "from afar", "[address]", "[address]"]
    assert root(traces["chain"])["span_type"] == "CHAIN"


def test_every_setting_of_the_sdk_is_in_the_guide() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "sdk" / "spanbridge").rglob("*.py")]
    named = set(re.findall(r'"(SPANBRIDGE_[A-Z_]+)"', "".join(sources)))
    assert named
    assert named == set(re.findall(r"SPANBRIDGE_[A-Z_]+", GUIDE.read_text("utf-8")))


def test_the_example_runs(runner: Runner) -> None:
    done = runner(ROOT / "examples" / "sdk_agent.py", "Will it rain in Paris?")
    assert done.lines[0] == "Here is what I found: 21 C and sunny in Paris."
    assert done.lines[1].startswith(f"trace {done.trace['trace_id']}, 164 tokens")
    assert "get_weather" in str(tree(done.trace))
