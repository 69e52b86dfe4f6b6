"""The registry compiled to other languages."""
