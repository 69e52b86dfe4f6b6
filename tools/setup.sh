#!/bin/sh
# Make .venv and install the locked packages and this project into it (editable).
# Uses uv when it is there, because it is several times faster; needs only Python >= 3.11.
set -eu
cd "$(dirname "$0")/.."

recent_enough='import sys; sys.exit(sys.version_info < (3, 11))'

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c "$recent_enough" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
}

if ! .venv/bin/python -c "$recent_enough" 2>/dev/null; then
    python=$(find_python)
    if [ -n "$python" ] && "$python" -m venv --clear .venv; then
        :
    elif command -v uv >/dev/null 2>&1; then
        uv venv --quiet --clear --python ">=3.11" .venv
    else
        echo "spanbridge needs Python 3.11 or newer with its venv module" \
            "(PYTHON=/path/to/python make ... chooses one)." >&2
        exit 1
    fi
fi

echo "Installing packages into .venv (only when they changed) ..." >&2
if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python .venv/bin/python -r requirements-dev.txt
    uv pip install --quiet --python .venv/bin/python --no-deps -e .
else
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
fi
