"""The storage policy of the sizing guide, with a local disk where it has a bucket."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from spanbridge_ingest.store import open_engine
from spanbridge_ingest.store.migrate import apply
from spanbridge_ingest.store.schema import SchemaOptions
from tests.e2e.processes import environment, free_port, wait_until
from tests.guides.fences import blocks

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "sizing.md"


def _configuration(directory: Path) -> Path:
    [text] = [b.text for b in blocks(GUIDE, "sizing") if b.values.get("file") == "storage.xml"]
    root = ElementTree.fromstring(text)
    disks = root.find("storage_configuration/disks")
    assert disks is not None
    s3, cache = disks.find("s3"), disks.find("s3_cache")
    assert s3 is not None
    assert cache is not None
    assert cache.findtext("disk") == "s3"
    for disk in (s3, cache):
        disks.remove(disk)
    local = ElementTree.SubElement(disks, "s3_cache")
    ElementTree.SubElement(local, "path").text = f"{directory / 'cold'}/"
    logger = ElementTree.SubElement(root, "logger")
    ElementTree.SubElement(logger, "level").text = "none"
    file = directory / "config.xml"
    ElementTree.ElementTree(root).write(file)
    return file


@pytest.mark.slow
def test_parts_move_by_age_and_an_upgrade_leaves_that_alone(tmp_path: Path) -> None:
    [statements] = [
        b.text
        for b in blocks(GUIDE, "sizing")
        if b.language == "sql" and "storage_policy" in b.text
    ]
    port = free_port()
    command = [sys.executable, "-m", "tests.e2e.clickhouse_server", str(tmp_path / "data")]
    server = subprocess.Popen(
        [*command, str(port), str(_configuration(tmp_path))], cwd=ROOT, env=environment()
    )
    try:
        engine = None

        def reached() -> bool:
            nonlocal engine
            assert server.poll() is None
            try:
                engine = open_engine(url=f"http://127.0.0.1:{port}/otel")
            except Exception:
                return False
            return True

        wait_until(reached, "the server", 60)
        assert engine is not None
        done: list[str] = []
        options = SchemaOptions("otel", retention_days=90, deduplicate=True)
        apply(engine, options)
        for statement in filter(None, map(str.strip, statements.split(";"))):
            engine.command(statement)
        apply(engine, options, progress=done.append)
        assert done == []
        engine.command(
            "INSERT INTO otel.otel_traces (TraceId, ReceivedAt) SELECT 'old', now() - 30 * 86400"
        )
        engine.command("INSERT INTO otel.otel_traces (TraceId) SELECT 'new'")
        engine.command("OPTIMIZE TABLE otel.otel_traces FINAL")
        where = (
            "SELECT partition, disk_name FROM system.parts "
            "WHERE active AND database = 'otel' AND table = 'otel_traces' ORDER BY partition"
        )
        wait_until(
            lambda: [disk for _, disk in engine.query(where)] == ["s3_cache", "default"],
            f"the old part to move: {engine.query(where)}",
        )
        engine.close()
    finally:
        server.terminate()
        server.wait(30)
