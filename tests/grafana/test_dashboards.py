"""The dashboards and alert rules as files: valid, complete, and consistent with each other."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from tools.grafana.sql import GRAFANA, QUERIES, query

Json = dict[str, Any]

DASHBOARDS: dict[str, Json] = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((GRAFANA / "dashboards").glob("*.json"))
}
RULES: Json = yaml.safe_load(
    (GRAFANA / "provisioning" / "alerting" / "spanbridge.yaml").read_text("utf-8")
)
SOURCES: Json = yaml.safe_load(
    (GRAFANA / "provisioning" / "datasources" / "spanbridge.yaml").read_text("utf-8")
)
USED = re.compile(r"\$\{(\w+)(?:[.:][\w.:]*)?\}|\$(?!__)([A-Za-z_]\w*)")
OF_GRAFANA = {"__url_time_range", "__value"}

every = pytest.mark.parametrize("name", DASHBOARDS)


def panels(name: str) -> list[Json]:
    return [panel for panel in DASHBOARDS[name]["panels"] if panel["type"] != "row"]


def asking(name: str) -> list[Json]:
    return [panel for panel in panels(name) if panel["type"] != "text"]


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)


def rules() -> list[Json]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


def variables(name: str) -> dict[str, Json]:
    return {each["name"]: each for each in DASHBOARDS[name]["templating"]["list"]}


def test_the_committed_files_are_current() -> None:
    check = [sys.executable, str(GRAFANA.parents[1] / "tools/grafana_dashboards.py"), "--check"]
    result = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr


def test_a_stale_file_is_noticed(tmp_path: Path) -> None:
    root = GRAFANA.parents[1]
    shutil.copytree(root / "tools", tmp_path / "tools")
    shutil.copytree(QUERIES, tmp_path / "deploy/grafana/queries")
    shutil.copytree(GRAFANA / "provisioning", tmp_path / "deploy/grafana/provisioning")
    shutil.copytree(GRAFANA / "dashboards", tmp_path / "deploy/grafana/dashboards")
    (tmp_path / "deploy/grafana/queries/alerts/silence.sql").write_text("SELECT 1", "utf-8")
    check = [sys.executable, str(tmp_path / "tools/grafana_dashboards.py"), "--check"]
    result = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert "alerting/spanbridge.yaml is not current" in result.stderr
    assert "dashboards/" not in result.stderr


def test_the_dashboards_that_were_asked_for_are_there() -> None:
    expected = ["agents", "ingest", "overview", "quality", "retrieval", "sessions", "tokens"]
    assert list(DASHBOARDS) == [*expected, "trace"]


@every
@pytest.mark.filterwarnings("ignore:Prefer using:DeprecationWarning")  # of the newer schema
def test_the_model_of_grafana_knows_every_member(name: str) -> None:
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()
    model = Dashboard.from_json(DASHBOARDS[name])
    again = json.loads(JSONEncoder(sort_keys=True).encode(model))
    assert lost(DASHBOARDS[name], again) == []


def lost(ours: object, theirs: object, place: str = "") -> list[str]:
    """What the model does not give back."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            each
            for key, value in ours.items()
            for each in lost(value, theirs.get(key, "(nothing)"), f"{place}/{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [each for at, (a, b) in pairs for each in lost(a, b, f"{place}[{at}]")]
    return [] if ours == theirs else [f"{place}: {ours!r} is {theirs!r}"]


def test_uids_and_titles_are_unique() -> None:
    for member in ("uid", "title"):
        values = [dashboard[member] for dashboard in DASHBOARDS.values()]
        assert len(set(values)) == len(values)


@every
def test_a_classic_dashboard_that_every_supported_version_reads(name: str) -> None:
    dashboard = DASHBOARDS[name]
    assert dashboard["schemaVersion"] <= 42
    assert "elements" not in dashboard
    assert len(dashboard["uid"]) <= 40


@every
def test_panels_have_ids_of_their_own_and_do_not_overlap(name: str) -> None:
    ids = [panel["id"] for panel in DASHBOARDS[name]["panels"]]
    assert len(set(ids)) == len(ids)
    places = [panel["gridPos"] for panel in DASHBOARDS[name]["panels"]]
    for place in places:
        assert place["x"] >= 0
        assert place["w"] >= 1
        assert place["x"] + place["w"] <= 24
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


@every
def test_every_panel_explains_itself_and_what_to_do_when_empty(name: str) -> None:
    for panel in asking(name):
        assert panel["title"], panel["id"]
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]


@every
def test_every_query_goes_to_the_chosen_data_source(name: str) -> None:
    source = {"type": "grafana-clickhouse-datasource", "uid": "${datasource}"}
    for panel in asking(name):
        assert panel["datasource"] == source
        assert [target["datasource"] for target in panel["targets"]] == [source]
    for variable in variables(name).values():
        if variable["type"] == "query":
            assert variable["datasource"] == source


@every
def test_variables_that_are_used_are_defined_and_the_other_way_round(name: str) -> None:
    dashboard = DASHBOARDS[name]
    used = {
        found[1] or found[2]
        for text in texts(dashboard)
        for found in USED.finditer(text)
    }  # fmt: skip
    assert used - OF_GRAFANA == set(variables(name))


@every
def test_choosing_nothing_is_a_value_that_queries_compare_first(name: str) -> None:
    for variable in variables(name).values():
        if variable.get("multi"):
            assert variable["includeAll"]
            assert variable["allValue"] == "*"


@every
def test_values_enter_queries_in_one_safe_format(name: str) -> None:
    for panel in asking(name):
        for target in panel["targets"]:
            for found in USED.finditer(target["rawSql"]):
                assert re.fullmatch(r"\$\{\w+:percentencode\}", found[0]), panel["title"]


@every
def test_queries_need_nothing_that_a_reader_may_not_do(name: str) -> None:
    for panel in asking(name):
        sql = panel["targets"][0]["rawSql"]
        assert not re.search(r"\bSETTINGS\b", sql), panel["title"]
        assert re.match(r"(SELECT|WITH)\b", sql), panel["title"]
        assert "@" not in sql


@every
def test_links_lead_to_dashboards_and_variables_that_exist(name: str) -> None:
    found = 0
    for panel in asking(name):
        for override in panel["fieldConfig"]["overrides"]:
            for given in override["properties"]:
                if given["id"] == "links":
                    for link in given["value"]:
                        check_link(name, link["url"])
                        found += 1
    assert found or name in ("trace", "agents", "ingest")


def check_link(name: str, url: str) -> None:
    uids = {dashboard["uid"]: key for key, dashboard in DASHBOARDS.items()}
    target = uids[urlsplit(url).path.removeprefix("/d/")]
    query_string = urlsplit(url).query
    assert "${__url_time_range}" in query_string
    kept = re.findall(r"\$\{(\w+):queryparam\}", query_string)
    assert "datasource" in kept
    assert set(kept) <= set(variables(name)) & set(variables(target))
    [(given, value)] = [
        pair for pair in parse_qsl(query_string) if pair[0].startswith("var-")
    ]  # fmt: skip
    assert given.removeprefix("var-") in variables(target)
    assert given.removeprefix("var-") not in kept
    assert value == "${__value.raw:percentencode}"


def test_every_query_file_is_used() -> None:
    parts = {path.stem for path in (QUERIES / "parts").glob("*.sql")}
    called = {
        call
        for path in QUERIES.rglob("*.sql")
        for call in re.findall(r"@([a-z_]+)\(", path.read_text("utf-8"))
    }
    assert called == parts
    shown = {
        target["rawSql"] for name in DASHBOARDS for panel in asking(name)
        for target in panel["targets"]
    }  # fmt: skip
    shown |= {
        variable["query"]["rawSql"]
        for name in DASHBOARDS
        for variable in variables(name).values()
        if variable["type"] == "query"
    }
    shown |= {rule["data"][0]["model"]["rawSql"] for rule in rules()}
    files = {
        str(path.relative_to(QUERIES).with_suffix(""))
        for path in QUERIES.rglob("*.sql")
        if path.parent.name != "parts"
    }
    assert [name for name in sorted(files) if query(name) not in shown] == []


def test_rules_ask_the_provisioned_source_and_belong_to_a_panel() -> None:
    uids = [rule["uid"] for rule in rules()]
    assert len(set(uids)) == len(uids)
    [source] = SOURCES["datasources"]
    by_uid = {dashboard["uid"]: dashboard for dashboard in DASHBOARDS.values()}
    for rule in rules():
        asked, judged = rule["data"]
        assert asked["datasourceUid"] == source["uid"]
        assert rule["condition"] == judged["refId"]
        assert judged["model"]["expression"] == asked["refId"]
        assert not USED.search(asked["model"]["rawSql"])
        ids = {panel["id"] for panel in by_uid[rule["dashboardUid"]]["panels"]}
        assert rule["panelId"] in ids
        assert rule["annotations"]["summary"]


def test_texts_of_rules_survive_the_expansion_of_the_environment() -> None:
    # Grafana expands $NAME in provisioned files everywhere but in the models of queries.
    for rule in rules():
        outside = {key: value for key, value in rule.items() if key != "data"}
        assert [text for text in texts(outside) if "$" in text] == []


def test_no_password_stands_in_a_file() -> None:
    [source] = SOURCES["datasources"]
    assert source["secureJsonData"] == {"password": "$SPANBRIDGE_READER_PASSWORD"}
    assert source["jsonData"]["username"] == "spanbridge_reader"


def test_the_source_for_the_embedded_store_differs_in_where_it_is_and_who_asks() -> None:
    [server] = copy.deepcopy(SOURCES["datasources"])
    [embedded] = yaml.safe_load((GRAFANA / "embedded" / "spanbridge.yaml").read_text("utf-8"))[
        "datasources"
    ]
    del server["secureJsonData"]
    there, here = server.pop("jsonData"), embedded.pop("jsonData")
    assert embedded == server
    database = here["defaultDatabase"]
    for signal in ("traces", "logs"):
        assert there[signal].pop("defaultDatabase") == there["defaultDatabase"]
        assert here[signal].pop("defaultDatabase") == database
    changed = {name for name in there if here.get(name) != there[name]}
    assert changed == {"host", "port", "protocol", "username", "defaultDatabase"}
    assert here.keys() <= there.keys()
    assert here["protocol"] == "http"


def test_the_trace_links_of_the_plugin_find_our_tables() -> None:
    [source] = SOURCES["datasources"]
    for signal, table in (("traces", "otel_traces"), ("logs", "otel_logs")):
        given = source["jsonData"][signal]
        assert given["otelEnabled"] is True
        assert given["defaultTable"] == table


def test_dashboards_are_provisioned_from_the_folder_that_compose_mounts() -> None:
    path = GRAFANA / "provisioning" / "dashboards" / "spanbridge.yaml"
    [provider] = yaml.safe_load(path.read_text("utf-8"))["providers"]
    assert Path(provider["options"]["path"]) == Path("/var/lib/spanbridge/dashboards")
    assert provider["folder"] == RULES["groups"][0]["folder"]
