/** Small programs that behave as a trainer may: written into a folder, started as `node <file> --steps=… …`. */
import { accessSync, mkdirSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { writeProgram } from "./real-ports.ts";

const PREAMBLE = `
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
const flag = (name) => process.argv.find((arg) => arg.startsWith("--" + name + "="))?.slice(name.length + 3);
const steps = Number(flag("steps")), logFreq = Number(flag("log_freq")), evalFreq = Number(flag("eval_freq"));
const out = flag("output_dir");
const say = (text) => process.stderr.write(text + "\\n");
const log = (text, level = "INFO") => say(level + " 2026-01-02 03:04:05 t_train.py:1113 " + text);
const short = (n) => (n < 1000 ? String(n) : Math.round(n / 1000) + "K");
const step = (n, loss = (9 / n).toFixed(3)) =>
  log("step:" + short(n) + " smpl:1 ep:1 epch:0.10 loss:" + loss + " grdn:10.500 lr:1.0e-05 updt_s:0.018 data_s:0.023");
const begin = () => { mkdirSync(out); log("Start offline training on a fixed dataset"); };
const evaluate = (n) => {
  log("Offline eval (no env) at step " + n + " on hold-out episodes");
  log("Offline eval: avg_loss=0.2500, avg_l1=0.2500 over 8 batches");
};
const forever = () => setInterval(() => undefined, 1000);
// As Python does it: a traceback, a moment for the W&B file, then the signal ends it.
const onInterrupt = () => process.once("SIGINT", () => { say("KeyboardInterrupt"); process.kill(process.pid, "SIGINT"); });
`;

const TRAINERS = {
  healthy: `begin();
    log("Track this run --> https://wandb.example/lab/p/runs/" + flag("wandb.run_id"));
    writeFileSync(out + "/seen.json", JSON.stringify({ argv: process.argv.slice(2), env: process.env, cwd: process.cwd() }));
    for (let n = logFreq; n <= steps; n += logFreq) { step(n); if (n % evalFreq === 0) evaluate(n); }
    log("Checkpoint policy after step " + steps); log("End of training");`,
  nan: `onInterrupt(); begin(); step(logFreq);
    for (let n = logFreq + 1; n <= steps; n += 1) {
      log("Non-finite loss detected: tensor(nan)", "ERROR"); log("Non-finite grad_norm detected: tensor(nan)", "ERROR");
      if (n % logFreq === 0) { step(n, "nan"); await sleep(Number(process.env.FAKE_PACE ?? 20)); }
    }
    log("End of training");`,
  crash: `begin(); step(logFreq);
    say("Traceback (most recent call last):"); say("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB.");
    process.exit(1);`,
  suicide: `begin(); step(logFreq); process.kill(process.pid, "SIGKILL"); forever();`,
  hanging: `onInterrupt(); begin(); step(logFreq); forever();`,
  stubborn: `for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => say("ignored " + name));
    begin(); step(logFreq); forever();`,
  fallback: `onInterrupt(); say("WARNING:root:Device 'cuda' is not available. Switching to 'cpu'."); begin(); step(logFreq); forever();`,
  keyless: `say("WARNING:root:Device 'cuda' is not available. Switching to 'cpu'."); begin();
    say("Traceback (most recent call last):"); say("wandb.errors.errors.UsageError: No API key configured. Use \`wandb login\` to log in.");
    process.exit(1);`,
  flood: `begin(); step(logFreq);
    process.stdout.write("x".repeat(300_000)); process.stdout.write("\\n::set-output name=a::b\\n  ##[error]boo\\n");
    for (let n = 0; n < 20_000; n += 1) say("noise " + n + " ".repeat(80));
    step(2 * logFreq); log("End of training");`,
  leaving: `begin();
    const worker = spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { stdio: "ignore" });
    const daemon = spawn(process.execPath, ["-e", "setTimeout(() => 0, 8000)"], { stdio: "inherit", detached: true });
    writeFileSync(out + "/pids", worker.pid + " " + daemon.pid);
    step(logFreq); log("End of training"); process.exit(0);`,
  idler: `log("End of training");`,
} as const;

export type TrainerKind = keyof typeof TRAINERS;

/** The command that starts one. */
export function fakeTrainer(folder: string, kind: TrainerKind): string[] {
  return [process.execPath, writeProgram(folder, `${kind}.mjs`, PREAMBLE + TRAINERS[kind])];
}

/** A PATH with git and the shell and surely without nvidia-smi. */
export function bareBin(folder: string): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const name of ["git", "sh", "cat"]) symlinkSync(which(name), join(bin, name));
  return bin;
}

function which(name: string): string {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((dir) => join(dir, name))
    .find((path) => {
      try {
        accessSync(path);
        return true;
      } catch {
        return false;
      }
    });
  if (!found) throw new Error(`${name} is needed for this test`);
  return found;
}
