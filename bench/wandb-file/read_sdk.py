"""Reads one .wandb file with W&B's own reader, into the values of its history; says what it took."""
import json
import resource
import sys
import time

import wandb
from wandb.proto import wandb_internal_pb2
from wandb.sdk.internal.datastore import DataStore

started = time.perf_counter()
store = DataStore()
store.open_for_scan(sys.argv[1])
columns = {}
while True:
    data = store.scan_data()
    if data is None:
        break
    record = wandb_internal_pb2.Record()
    record.ParseFromString(data)
    if record.WhichOneof("record_type") != "history":
        continue
    for item in record.history.item:
        key = ".".join(item.nested_key) or item.key
        columns.setdefault(key, []).append(json.loads(item.value_json))
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"version": wandb.__version__, "seconds": seconds, "peak": peak, "rows": len(columns["_step"])}))
