"""The command line: the only place where the parts of the service are put together."""
