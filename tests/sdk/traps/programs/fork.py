"""A process that has exported, and its children, which export too and end by themselves."""

import os
import sys
import time

import spanbridge


@spanbridge.trace
def work(who: str) -> str:
    return who


work("parent before")
assert spanbridge.flush()
begun = time.monotonic()
sys.stdout.flush()
children = []
for number in range(2):
    if (pid := os.fork()) == 0:
        work(f"child {number}")
        sys.exit(0)  # an ordinary end, with everything that is done at exit
    children.append(pid)
with spanbridge.start_span("parent's own"):
    statuses = [os.waitpid(pid, 0)[1] for pid in children]
work("parent after")
print(statuses, time.monotonic() - begun)
