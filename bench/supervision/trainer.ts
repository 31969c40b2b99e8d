/** Logs until it is stopped: `trainer.js pace <ms between bars> <where GPUs show their processes>`, or so many lines at once: `trainer.js flood <lines>`. */

import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { join } from "node:path";

const [kind, amount = "0", apps = ""] = process.argv.slice(2);

function line(text: string, level = "INFO"): string {
  return `${level} 2026-01-02 03:04:05 t_train.py:1113 ${text}\n`;
}

function step(n: number): string {
  return line(
    `step:${n} smpl:400 ep:7 epch:0.67 loss:9.037 grdn:68.834 lr:3.0e-04 updt_s:0.018 data_s:0.023`,
  );
}

const TOTAL = 100_000;
const STEPS_A_SECOND = 20;

/** What a progress bar writes whenever it is redrawn. */
function bar(n: number): string {
  const share = n / TOTAL;
  const blocks = "█".repeat(Math.floor(10 * share)).padEnd(10);
  return `\rTraining: ${Math.floor(100 * share)}%|${blocks}| ${n}/${TOTAL} [00:35<1:24:07, 19.47it/s]`;
}

/** Each line is a write of its own, as long as in real logs: the bars, every second a step, every four seconds an evaluation. */
function pace(barMs: number): void {
  // The folder that we start in is the trainer's clone; the stand-in for nvidia-smi is beside it.
  appendFileSync(join("..", apps), `${process.env["CUDA_VISIBLE_DEVICES"]}, ${process.pid}\n`);
  let n = 0;
  setInterval(() => {
    n += (STEPS_A_SECOND * barMs) / 1000;
    process.stderr.write(bar(n));
    if (n % STEPS_A_SECOND !== 0) return;
    process.stderr.write(`\r${step(n)}`);
    process.stderr.write(line("log_step cuda_mem MB: alloc=1843.2 reserved=2210.0 max_alloc=2101.7"));
    if (n % (4 * STEPS_A_SECOND) !== 0) return;
    process.stderr.write(line(`Offline eval (no env) at step ${n} on hold-out episodes`));
    process.stderr.write(line("Offline eval: avg_loss=0.2500, avg_l1=0.2500 over 20 batches"));
  }, barMs);
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
if (kind === "flood") await flood();
else pace(Number(amount));
