"""Where what tests build or download is kept between runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

# Found when this is imported: a test has a home of its own.
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spanbridge"
