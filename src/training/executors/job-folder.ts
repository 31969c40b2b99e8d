/** `<state_dir>/slurm/<name>/`: what a job is to do, and what it reports. The node that runs it sees the same folder. */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { AutoloopError } from "../../errors.ts";
import { isMissing, writeAtomically } from "../atomic-file.ts";
import { BATCH_SCRIPT } from "./batch-script.ts";
import type { Task } from "./executor.ts";

const milliseconds = z.int().nonnegative();

const Started = z.strictObject({
  job: z.string(),
  node: z.string().nullable(),
  /** CUDA_VISIBLE_DEVICES as the queue set it. */
  gpus: z.string().nullable(),
  at: milliseconds,
});

const Ended = z.strictObject({
  job: z.string(),
  exit: z.int().nullable(),
  signal: z.string().nullable(),
  /** The first signal that the job was sent, or `requeue` when it was started a second time. */
  asked: z.enum(["INT", "TERM", "requeue"]).nullable(),
  /** Why the trainer was never started. */
  why: z.enum(["no-folder"]).nullable(),
  at: milliseconds,
});

export interface JobReport {
  readonly started: z.infer<typeof Started> | null;
  readonly ended: z.infer<typeof Ended> | null;
}

export function scriptOf(folder: string): string {
  return join(folder, "job.sh");
}

/** @throws AutoloopError `input.trial-job` for text that no argument or variable can carry. */
export async function writeTask({ folder, cwd, log, gpu, file, args, env }: Task): Promise<void> {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeAtomically(join(folder, "task"), parts([cwd, log, gpu ? "gpu" : "cpu", file, ...args]));
  await writeAtomically(join(folder, "environment"), parts(variables));
  await writeAtomically(scriptOf(folder), BATCH_SCRIPT);
}

function parts(texts: readonly string[]): string {
  if (texts.some((text) => text.includes("\0"))) {
    throw new AutoloopError("input.trial-job", {
      what: "The trainer's command or environment holds a NUL character.",
      next: "Remove it from the settings or from the environment of the launch.",
    });
  }
  return texts.map((text) => `${text}\0`).join("");
}

export async function readReport(folder: string): Promise<JobReport> {
  // The end first: a job that ends between the two readings must not look as if it had never started.
  const ended = await read(join(folder, "ended.json"), Ended);
  return { started: await read(join(folder, "started.json"), Started), ended };
}

/** The keys of the trainer, for a job that will not read them any more. */
export async function forgetSecrets(folder: string): Promise<void> {
  await rm(join(folder, "environment"), { force: true });
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

async function read<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema> | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (isMissing(error)) return null;
    throw new AutoloopError("training.job-report", {
      what: `${path} is not the report of a job.`,
      next: "Make sure that its job does not run any more, then delete the file.",
      cause: error,
    });
  }
}
