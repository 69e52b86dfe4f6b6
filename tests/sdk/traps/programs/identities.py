"""Programs that seed the random numbers do not repeat ids."""

import json
import random

import spanbridge


@spanbridge.trace
def step() -> str:
    return spanbridge.get_active_trace_id()


ids = []
for _ in range(3):
    random.seed(42)
    ids.append(step())
state = random.getstate()
step()
print(json.dumps({"ids": ids, "untouched": state == random.getstate()}))
