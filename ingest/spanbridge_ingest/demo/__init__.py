"""The demonstration: the real service, a fake model, and a small agent that is traced."""
