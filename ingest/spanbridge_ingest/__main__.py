"""The ``spanbridge`` command, also where its extra is not installed."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; the exit code is the process's."""
    try:
        from spanbridge_ingest.cli.app import main as run
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("spanbridge"):
            raise
        print(
            f"error: the spanbridge command needs the [server] extra (no module named "
            f"{missing.name!r}): pip install 'spanbridge[server]'",
            file=sys.stderr,
        )
        return 2
    return run()


if __name__ == "__main__":
    sys.exit(main())
