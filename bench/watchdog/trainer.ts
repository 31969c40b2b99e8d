/** What a trainer says, and when: `trainer.js <healthy|nan> <file for times> --steps=… --output_dir=…`. */
import { appendFileSync, mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { preciseNow } from "../lib/clock.ts";

const [kind, times = "", ...flags] = process.argv.slice(2);
const flag = (name: string) =>
  flags.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3) ?? "";

function note(what: string, at = preciseNow()): void {
  appendFileSync(times, `${JSON.stringify({ what, at })}\n`);
}

function log(text: string): void {
  process.stderr.write(`INFO 2026-01-02 03:04:05 t_train.py:1113 ${text}\n`);
}

function step(n: number, loss: string): void {
  log(`step:${n} smpl:1 ep:1 epch:0.10 loss:${loss} grdn:10.500 lr:1.0e-05 updt_s:0.018 data_s:0.023`);
}

note("started", performance.timeOrigin);
process.on("exit", () => note("ended"));
process.on("SIGINT", () => {
  note("interrupted");
  process.exit(130);
});
const out = flag("output_dir");
if (out) mkdirSync(out, { recursive: true });
log("Start offline training on a fixed dataset");
step(50, "0.500");
await sleep(200);
if (kind === "nan") {
  note("nan");
  step(100, "nan");
  await sleep(10_000);
}
log("End of training");
