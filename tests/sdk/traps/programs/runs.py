"""Runs and last traces of one thread are not those of another."""

import json
import threading

import spanbridge


@spanbridge.trace
def work(name: str) -> str:
    return name


begun, free = threading.Event(), threading.Event()


def other() -> None:
    with spanbridge.start_run():
        begun.set()
        free.wait()
        work("within")


thread = threading.Thread(target=other)
thread.start()
begun.wait()
work("without")
mine = spanbridge.get_last_active_trace_id()
free.set()
thread.join()
print(
    json.dumps(
        {
            "last of mine": spanbridge.get_last_active_trace_id(thread_local=True) == mine,
            "last of all": spanbridge.get_last_active_trace_id() == mine,
        }
    )
)
