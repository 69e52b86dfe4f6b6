"""Spans that are open: what is said of them, how hooks see it, how it is written at the end."""
