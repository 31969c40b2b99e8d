/** Reads one `.wandb` file with the keys that the product wants; says what it took. A process of its own, for its memory. */
import { keyFilter } from "../../src/runs/keys.ts";
import { readWandbFile } from "../../src/runs/wandb-file.ts";
import { peakMemory } from "../lib/figures.ts";

const path = process.argv[2] ?? "";
const started = performance.now();
const { steps, points, losses } = await readWandbFile({ path, wants: keyFilter() });
const { user, system } = process.cpuUsage();
const seconds = (performance.now() - started) / 1000;
const values = points.reduce((sum, { values }) => sum + values.length, 0);
console.log(
  JSON.stringify({
    seconds,
    cpu: (user + system) / 1e6,
    peak: peakMemory(),
    rows: steps.length,
    values,
    losses,
  }),
);
