"""From registry YAML to generated tables. Needed to build the package, not to run it."""
