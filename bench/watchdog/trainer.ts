/** A training that turns NaN, and when it says so: `trainer.js <file for times>`. */
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { preciseNow } from "../lib/clock.ts";

const [times = ""] = process.argv.slice(2);

function note(what: string): void {
  appendFileSync(times, `${JSON.stringify({ what, at: preciseNow() })}\n`);
}

function log(text: string): void {
  process.stderr.write(`INFO 2026-01-02 03:04:05 t_train.py:1113 ${text}\n`);
}

function step(n: number, loss: string): void {
  log(`step:${n} smpl:1 ep:1 epch:0.10 loss:${loss} grdn:10.500 lr:1.0e-05 updt_s:0.018 data_s:0.023`);
}

process.on("SIGINT", () => {
  note("interrupted");
  process.exit(130);
});
log("Start offline training on a fixed dataset");
step(50, "0.500");
await sleep(200);
note("nan");
step(100, "nan");
await sleep(10_000);
