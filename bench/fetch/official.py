"""The official client: official.py <path> <tag> <history|scan> <limit> <steps> <key...>. Its import is not counted."""
import json
import resource
import sys
import time

import wandb

path, tag, way, limit, steps = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
keys = sys.argv[6:]

busy = time.process_time()
started = time.perf_counter()
values = 0
runs = 0
for run in wandb.Api().runs(path, filters={"tags": tag}, per_page=100):
    if runs == limit:
        break
    runs += 1
    if way == "history":
        rows = run.history(keys=keys, samples=steps, pandas=False)
    else:
        # A page larger than the run: smaller ones lose rows at their seams in some releases.
        rows = run.scan_history(keys=["_step", *keys], page_size=steps + 1)
    for row in rows:
        values += sum(1 for key in keys if row.get(key) is not None)
seconds = time.perf_counter() - started
cpu = time.process_time() - busy
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
seen = {"seconds": seconds, "cpu": cpu, "peak": peak, "runs": runs, "values": values}
print(json.dumps({"version": wandb.__version__, **seen}))
