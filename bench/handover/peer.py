"""One GPU, a list of commands, and a look every 5 s: the usual script for a night of training.

Usage: peer.py <trials> <seconds between looks> <program> <arguments…>; each trial gets --seed=<n>.
"""

import subprocess
import sys
import time


def main():
    trials, poll = int(sys.argv[1]), float(sys.argv[2])
    command = sys.argv[3:]
    waiting = list(range(1, trials + 1))
    running = None
    while waiting or running is not None:
        if running is not None and running.poll() is not None:
            running = None
        if running is None and waiting:
            running = subprocess.Popen(
                [*command, f"--seed={waiting.pop(0)}"], stderr=subprocess.DEVNULL
            )
        if waiting or running is not None:
            time.sleep(poll)
    print("{}")


main()
