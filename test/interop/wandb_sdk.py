"""Drives the real W&B SDK against the server in WANDB_BASE_URL. Prints one JSON document on stdout.

Usage: wandb_sdk.py log | resume | offline | watch | read

Non-finite numbers are printed as the strings "NaN", "Infinity", "-Infinity".
"""

import json
import math
import sys
import time

import wandb

PROJECT = "interop"
STEPS = 12
EVAL_EVERY = 4


def loss(step):
    """One NaN, one infinity of each sign, else a number that needs all its digits."""
    return {5: math.nan, 6: math.inf, 7: -math.inf}.get(step, 1 / (step + 3))


def row(step):
    values = {"train/loss": loss(step), "train/lr": 1e-5, "nested": {"x": step}, "none": None}
    if step % EVAL_EVERY == 0:
        values["eval/avg_l1"] = 0.25 / (step + 1)
    return values


def start(run_id, **more):
    return wandb.init(
        project=PROJECT,
        id=run_id,
        name=f"name of {run_id}",
        group="policy:act-seed:42",
        job_type="train_eval",
        tags=["seed:42", "interop"],
        notes="a note",
        config={"lr": 1e-3, "policy": {"type": "act", "dim": 32}, "none": None},
        **more,
    )


def log(mode="online", run_id="logged01"):
    run = start(run_id, mode=mode)
    for step in range(STEPS):
        run.log(row(step), step=step)
    directory = run.dir
    run.finish()
    return {"dir": directory}


def resume():
    """Starts one step too early, as a trainer does that resumes from an older checkpoint."""
    run = start("logged01", resume="must")
    started_at = run.starting_step
    for step in range(STEPS - 1, STEPS + 4):
        run.log(row(step), step=step)
    run.finish()
    return {"step": started_at}


def watch():
    """Logs until the server asks it to stop."""
    run = start("watched1")
    deadline = time.time() + 90
    try:
        step = 0
        while time.time() < deadline:
            run.log({"train/loss": 1.0}, step=step)
            step += 1
            time.sleep(0.2)
        stopped = False
    except KeyboardInterrupt:
        stopped = True
    run.finish()
    return {"stopped": stopped, "step": step}


def read():
    api = wandb.Api()
    path = f"{api.default_entity}/{PROJECT}"
    listed = api.runs(path, filters={"tags": {"$in": ["interop"]}, "config.lr": {"$lte": 0.01}}, order="-created_at")
    runs = {run.id: describe(run) for run in listed}
    none = [run.id for run in api.runs(path, filters={"tags": "nobody"})]
    return {"entity": api.default_entity, "runs": runs, "none": none, "one": api.run(f"{path}/logged01").name}


def describe(run):
    keys = ["train/loss", "train/lr"]
    return {
        "name": run.name,
        "state": run.state,
        "group": run.group,
        "tags": run.tags,
        "config": run.config,
        "summary": {key: run.summary.get(key) for key in ["train/loss", "eval/avg_l1", "_step"]},
        "lastStep": run.lastHistoryStep,
        "history": run.history(keys=keys, samples=1000, pandas=False),
        "sparse": run.history(keys=["train/loss", "eval/avg_l1"], samples=1000, pandas=False),
        "thinned": len(run.history(keys=keys, samples=5, pandas=False)),
        "full": run.history(samples=1000, pandas=False),
        "scan_keys": list(run.scan_history(keys=["_step", "train/loss"])),
        "scan_pages": list(run.scan_history(keys=["_step", "train/loss"], page_size=5)),
        "scan": list(run.scan_history(page_size=5)),
        "files": sorted(file.name for file in run.files()),
    }


def printable(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}
    return [printable(item) for item in value] if isinstance(value, (list, tuple)) else value


VERBS = {
    "log": log,
    "resume": resume,
    "offline": lambda: log(mode="offline", run_id="offline1"),
    "watch": watch,
    "read": read,
}

if __name__ == "__main__":
    print(json.dumps({"version": wandb.__version__, **printable(VERBS[sys.argv[1]]())}))
