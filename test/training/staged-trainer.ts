import { join } from "node:path";
import { writeProgram } from "./real-ports.ts";

/**
 * A trainer that says at every stage of its first attempt whether it is there: at the chosen one it writes `<folder>/reached` and
 * waits for `<folder>/go-on`. Further attempts run through. `fills` writes to the output folder until nothing more fits.
 */
export function stagedTrainer(folder: string, chosen: string): string[] {
  const text = `
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
const flag = (name) => process.argv.find((arg) => arg.startsWith("--" + name + "="))?.slice(name.length + 3);
const folder = ${JSON.stringify(folder)}, chosen = ${JSON.stringify(chosen)};
const out = flag("output_dir"), steps = Number(flag("steps")), every = Number(flag("log_freq"));
const first = out.endsWith("-a1");
const log = (text) => process.stderr.write("INFO 2026-01-02 03:04:05 t_train.py:1113 " + text + "\\n");
const stage = async (name) => {
  if (name !== chosen || !first) return;
  writeFileSync(folder + "/reached", "");
  while (!existsSync(folder + "/go-on")) await sleep(10);
};
process.once("SIGINT", () => { process.stderr.write("KeyboardInterrupt\\n"); process.kill(process.pid, "SIGINT"); });
appendFileSync(folder + "/starts", out + "\\n");
await stage("loads");
mkdirSync(out);
await stage("begins");
log("Start offline training on a fixed dataset");
for (let n = every; n <= steps; n += every) {
  log("step:" + n + " smpl:1 ep:1 epch:0.10 loss:" + (9 / n).toFixed(3) + " grdn:10.500 lr:1.0e-05 updt_s:0.018 data_s:0.023");
  if (n === every) await stage("steps");
}
log("Offline eval (no env) at step " + steps + " on hold-out episodes");
await stage("evaluates");
log("Offline eval: avg_loss=0.2500, avg_l1=0.2500 over 8 batches");
log("Checkpoint policy after step " + steps);
mkdirSync(out + "/checkpoints/" + steps, { recursive: true });
writeFileSync(out + "/checkpoints/" + steps + "/half", "");
await stage("saves");
if (chosen === "fills" && first) {
  try {
    for (;;) appendFileSync(out + "/checkpoints/model", Buffer.alloc(65_536));
  } catch (error) {
    process.stderr.write("Traceback (most recent call last):\\nOSError: [Errno 28] No space left on device\\n");
    process.exit(1);
  }
}
log("End of training");
await stage("ends");
if (chosen === "leaves" && first) writeFileSync(folder + "/reached", "");
`;
  return [process.execPath, writeProgram(join(folder, "trainers"), "staged.mjs", text)];
}
