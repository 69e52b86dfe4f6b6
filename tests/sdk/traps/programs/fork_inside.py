"""A fork in the middle of a span: the child's work belongs to it, and it ends once."""

import os

import spanbridge

with spanbridge.start_span("parent") as span:
    span.set_inputs("whole")
    if (pid := os.fork()) == 0:
        with spanbridge.start_span("in the child"):
            pass
        spanbridge.flush()
        os._exit(0)
    os.waitpid(pid, 0)
