"""One trace across two services, passed on in the headers of a request.

python services.py serve|call
"""

import http.server
import json
import os
import subprocess
import sys
import urllib.request

import spanbridge as mlflow
from spanbridge.tracing import (
    get_tracing_context_headers_for_http_request,
    set_tracing_context_from_http_request_headers,
)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with (
            set_tracing_context_from_http_request_headers(dict(self.headers)),
            mlflow.start_span("handle") as span,
        ):
            span.set_inputs(text)
            span.set_outputs(answer(text))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(span.trace_id.encode())

    def log_message(self, *arguments: object) -> None:
        pass


@mlflow.trace
def answer(text: str) -> str:
    return text.upper()


def serve() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)
        server.handle_request()


def call() -> None:
    other = subprocess.Popen(
        [sys.executable, __file__, "serve"],
        env=os.environ | {"OTEL_SERVICE_NAME": os.environ["OTEL_SERVICE_NAME"] + "-other"},
        stdout=subprocess.PIPE,
        text=True,
    )
    port = int(other.stdout.readline())
    with mlflow.start_span("client") as span:
        headers = get_tracing_context_headers_for_http_request()
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/", data=b"hello", headers=headers
        )
        there = urllib.request.urlopen(request).read().decode()
    assert other.wait() == 0
    print(json.dumps({"same": there == span.trace_id, "headers": sorted(headers)}))


serve() if sys.argv[1] == "serve" else call()
