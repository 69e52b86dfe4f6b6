"""A server that loads the application, records and exports, and then forks its workers."""

import json
import os
import sys

import spanbridge


@spanbridge.trace
def handle(worker: int, request: int) -> int:
    with spanbridge.start_span("step"):
        return request


handle(-1, 0)
spanbridge.flush()
handle(-1, 1)  # waits in the queue when the workers are made
workers = []
for number in range(3):
    pid = os.fork()
    if pid == 0:
        for request in range(20):
            handle(number, request)
        # As a server's workers end: its handlers of exit run, nothing is flushed by hand.
        sys.exit(0)
    workers.append(pid)
codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in workers]
handle(-1, 2)
print(json.dumps(codes))
