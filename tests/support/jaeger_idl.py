"""Jaeger's storage API as it is published, compiled here: nothing of it is in this repository."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from opentelemetry.proto.trace.v1 import trace_pb2

from tests.support.go import module, need_go

VERSION: Final = "v0.14.0"
"""Of the module that has the definitions; newer than any Jaeger that was released with it."""
_IDL: Final = f"github.com/jaegertracing/jaeger-idl@{VERSION}"
_ANNOTATIONS: Final = "github.com/google/gnostic-models@v0.7.1"
"""What the definitions are annotated with."""
_FILES: Final = ("trace_storage", "dependency_storage", "capabilities")
PACKAGE: Final = "jaeger.storage.v2"
SERVICES: Final = ("TraceReader", "DependencyReader", "Capabilities")


def _with_imports(file: FileDescriptor) -> Iterator[FileDescriptor]:
    for imported in file.dependencies:
        yield from _with_imports(imported)
    yield file


def compiled(folder: Path) -> descriptor_pool.DescriptorPool:
    """The definitions in a pool of their own. Without ``go`` the test is skipped."""
    need_go("to get Jaeger's definitions with")
    (folder / "go.mod").write_text("module spanbridge.test/idl\n\ngo 1.25\n", encoding="utf-8")
    proto, annotations = module(_IDL, folder) / "proto", module(_ANNOTATIONS, folder)
    known = FileDescriptorSet()
    for file in {file.name: file for file in _with_imports(trace_pb2.DESCRIPTOR)}.values():
        file.CopyToProto(known.file.add())
    (folder / "known").write_bytes(known.SerializeToString())
    options = [
        *("--descriptor_set_in=known", "--descriptor_set_out=all", "--include_imports"),
        *(f"-I{proto}", f"-Ignostic={annotations}", f"-I{annotations}"),
    ]
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", *options]
        + [f"storage/v2/{name}.proto" for name in _FILES],
        cwd=folder,
        check=True,
        timeout=120,
    )
    pool = descriptor_pool.DescriptorPool()
    for described in FileDescriptorSet.FromString((folder / "all").read_bytes()).file:
        pool.Add(FileDescriptorProto.FromString(described.SerializeToString()))
    return pool


class PublishedClient:
    """A client of one server that knows the published definitions and nothing else."""

    def __init__(self, pool: descriptor_pool.DescriptorPool, channel: grpc.Channel) -> None:
        self._channel = channel
        self.pool = pool
        self._methods: dict[str, MethodDescriptor] = {
            method.name: method
            for name in SERVICES
            for method in pool.FindServiceByName(f"{PACKAGE}.{name}").methods
        }

    @property
    def methods(self) -> set[str]:
        """The names of all methods."""
        return set(self._methods)

    def call(self, name: str, **fields: Any) -> list[Any]:
        """The messages of an answer: one, or those of a stream."""
        method = self._methods[name]
        request = message_factory.GetMessageClass(method.input_type)(**fields)
        answer = message_factory.GetMessageClass(method.output_type)
        path = f"/{method.containing_service.full_name}/{name}"
        kind = self._channel.unary_stream if method.server_streaming else self._channel.unary_unary
        asked = kind(path, type(request).SerializeToString, answer.FromString)
        given = asked(request, timeout=60)
        return list(given) if method.server_streaming else [given]
