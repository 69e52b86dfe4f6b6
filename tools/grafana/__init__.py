"""The generator of deploy/grafana: dashboards and alert rules around the queries there."""
