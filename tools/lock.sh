#!/bin/sh
# Resolve requirements-dev.txt for every supported Python and platform, without registry addresses.
set -eu
cd "$(dirname "$0")/.."

if ! command -v uv >/dev/null 2>&1; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
    PATH="$PWD/.venv/bin:$PATH"
fi
uv pip compile --quiet --universal --python-version 3.11 --extra dev \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
    --output-file requirements-dev.txt "$@" pyproject.toml
