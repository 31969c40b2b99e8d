/** Logs until it is stopped: `trainer.js pace <lines a second> <where GPUs show their processes>`, or so many lines at once: `trainer.js flood <lines>`. */

import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const [kind, amount = "0", apps = ""] = process.argv.slice(2);

function line(text: string, level = "INFO"): string {
  return `${level} 2026-01-02 03:04:05 t_train.py:1113 ${text}\n`;
}

function step(n: number): string {
  return line(
    `step:${n} smpl:400 ep:7 epch:0.67 loss:9.037 grdn:68.834 lr:3.0e-04 updt_s:0.018 data_s:0.023`,
  );
}

async function pace(): Promise<void> {
  // The folder that we start in is the trainer's clone; the stand-in for nvidia-smi is beside it.
  appendFileSync(join("..", apps), `${process.env["CUDA_VISIBLE_DEVICES"]}, ${process.pid}\n`);
  for (let n = 1; ; n += 1) {
    process.stderr.write(step(50 * n));
    if (n % 4 === 0) {
      process.stderr.write(line(`Offline eval (no env) at step ${50 * n} on hold-out episodes`));
      process.stderr.write(line("Offline eval: avg_loss=0.2500, avg_l1=0.2500 over 20 batches"));
    }
    await sleep(1000 / Number(amount));
  }
}

/** As a training that turned NaN logs: two errors a step, now and then a step line. */
async function flood(): Promise<void> {
  for (let n = 0; n < Number(amount); n += 100) {
    const errors = Array.from({ length: 99 }, (_, index) =>
      line(`Non-finite ${index % 2 ? "grad_norm" : "loss"} detected: tensor(nan, device='cuda:0')`, "ERROR"),
    );
    if (!process.stderr.write([...errors, step(n / 2)].join(""))) await once(process.stderr, "drain");
  }
}

process.on("SIGINT", () => process.exit(130));
await (kind === "flood" ? flood() : pace());
