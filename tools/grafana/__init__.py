"""The generator of deploy/grafana: dashboards and alert rules from queries and their descriptions."""
