"""A training as far as the W&B SDK can see. Says what happens, one line each, on stdout.

Usage: tap_sdk.py RUN_ID STEPS SECONDS_PER_STEP
"""

import math
import sys
import time

import wandb


def loss(step):
    return {3: math.nan, 4: math.inf, 5: -math.inf}.get(step, 1 / (step + 3))


def say(*words):
    print(*words, flush=True)


def main(run_id, steps, pause):
    run = wandb.init(project="tapped", id=run_id, group="policy:act-seed:42", config={"lr": 1e-3})
    say("page", run.url)
    try:
        for step in range(steps):
            run.log({"train/loss": loss(step), "train/ot_ot_pi_sum": 0.5}, step=step)
            if step > 0:
                # A row is complete when the next one begins.
                say("closed", step - 1, time.time())
            time.sleep(pause)
    except KeyboardInterrupt:
        say("interrupted", step, time.time())
    say("trained", step, time.time())
    run.finish()
    say("finished", step, time.time())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
