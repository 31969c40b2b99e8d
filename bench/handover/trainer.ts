/** A short training that says when it held the device: `trainer.js <file for times> <least ms> <most ms> --seed=…`. */
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { preciseNow } from "../lib/clock.ts";

const [times = "", least = "0", most = "0", ...flags] = process.argv.slice(2);
const seed = Number(flags.find((each) => each.startsWith("--seed="))?.slice("--seed=".length));

function log(text: string): void {
  process.stderr.write(`INFO 2026-01-02 03:04:05 t_train.py:1113 ${text}\n`);
}

const started = performance.timeOrigin;
process.on("exit", () =>
  appendFileSync(times, `${JSON.stringify({ seed, started, ended: preciseNow() })}\n`),
);
log("step:50 smpl:1 ep:1 epch:0.10 loss:0.500 grdn:10.500 lr:1.0e-05 updt_s:0.018 data_s:0.023");
// Spread evenly, the same at every call.
await sleep(Number(least) + ((seed * 0.618034) % 1) * (Number(most) - Number(least)));
log("End of training");
