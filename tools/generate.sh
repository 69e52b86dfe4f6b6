#!/bin/sh
# Run every generator, or with --check fail when a committed file is not what it would write.
set -eu
cd "$(dirname "$0")/.."

# One generator per line; each takes --check.
generators="
semconv/generate.py
tools/settings_doc.py
tools/attributes_doc.py
tools/grafana_dashboards.py
"

for generator in $generators; do
    .venv/bin/python "$generator" "$@"
done
