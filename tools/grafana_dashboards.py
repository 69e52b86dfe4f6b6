"""Write the dashboards and alert rules of deploy/grafana; ``--check`` only compares."""

from __future__ import annotations

from grafana.files import files
from grafana.sql import GRAFANA
from pages import write_or_check

if __name__ == "__main__":
    raise SystemExit(max(write_or_check(name, text, GRAFANA) for name, text in files()))
