"""Programs from Maven Central, fetched once and run by the Java that is here."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.support.cache import CACHE

_POM: Final = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>spanbridge.tests</groupId><artifactId>program</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version>
    {more}
  </dependency></dependencies>
</project>
"""
_EXCLUDED: Final = (
    "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"
)
_START_SECONDS: Final = 300


def class_path(group: str, name: str, version: str, classifier: str = "") -> str:
    """Where a program and all it needs are, as ``java`` takes it.

    With a ``classifier`` it is that file alone. Without ``java`` or ``mvn`` the test is skipped.
    """
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            pytest.skip(f"no `{program}` here to run {name} with")
    folder = CACHE / "java" / "-".join(part for part in (name, version, classifier) if part)
    folder.mkdir(parents=True, exist_ok=True)
    found = folder / "classpath"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.exists():
            more = f"<classifier>{classifier}</classifier>{_EXCLUDED}" if classifier else ""
            pom = _POM.format(group=group, name=name, version=version, more=more)
            (folder / "pom.xml").write_text(pom, encoding="utf-8")
            goal = ["dependency:build-classpath", f"-Dmdep.outputFile={folder / 'found'}"]
            subprocess.run(["mvn", "-q", "-B", *goal], cwd=folder, check=True, timeout=900)
            (folder / "found").rename(found)
    return found.read_text(encoding="utf-8").strip()


@contextlib.contextmanager
def running(
    arguments: Sequence[str], port: int, folder: Path, **environment: str
) -> Iterator[None]:
    """Run ``java`` until the block ends, which begins when ``port`` answers."""
    log = folder / "java.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["java", "-Xmx400m", *arguments],
            stdout=output,
            stderr=output,
            cwd=folder,
            env=os.environ | environment,
        )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            gone = process.poll() is not None or time.monotonic() > deadline
            assert not gone, f"Java did not start:\n{log.read_text('utf-8')[-4000:]}"
            time.sleep(0.1)
        yield
    finally:
        process.kill()
        process.wait(30)
