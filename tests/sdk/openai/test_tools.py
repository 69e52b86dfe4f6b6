from __future__ import annotations

from typing import Any

import pytest

from spanbridge.openai.tools import function_tools

SCHEMA = {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("tool", "function"),
    [
        pytest.param(
            {"type": "function", "function": {"name": "f", "parameters": SCHEMA, "strict": True}},
            {"name": "f", "parameters": SCHEMA, "strict": True},
            id="chat",
        ),
        pytest.param(
            {"type": "function", "name": "f", "description": "d", "strict": None},
            {"name": "f", "description": "d"},
            id="responses",
        ),
        pytest.param({"name": "f"}, {"name": "f"}, id="functions of old"),
        pytest.param({"type": "custom", "custom": {"name": "sql"}}, {"name": "sql"}, id="custom"),
        pytest.param({"type": "custom", "name": "sql"}, {"name": "sql"}, id="custom, responses"),
        pytest.param({"type": "web_search", "filters": {}}, {"name": "web_search"}, id="built in"),
        pytest.param({"type": "mcp", "server_label": "x"}, {"name": "mcp"}, id="mcp"),
        pytest.param({"type": "tomorrows_tool"}, {"name": "tomorrows_tool"}, id="unknown"),
    ],
)
def test_each_tool_is_a_function(tool: dict[str, Any], function: dict[str, Any]) -> None:
    assert function_tools([tool]) == [{"type": "function", "function": function}]


def test_what_is_no_tool_drops_only_itself() -> None:
    found = function_tools([{"type": "function"}, {}, {"type": 3}, {"type": "shell"}])
    assert found == [{"type": "function", "function": {"name": "shell"}}]
