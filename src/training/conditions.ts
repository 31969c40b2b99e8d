import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { isJsonObject, type Json } from "../json.ts";
import type { Conditions } from "../rounds/outcome.ts";
import { hasCode } from "./atomic-file.ts";
import type { RunCommand } from "./ports.ts";
import type { TrialJob } from "./trial-job.ts";

export interface ConditionsOptions {
  readonly run: RunCommand;
  /** The trainer's clone: paths in the configuration are relative to it. */
  readonly cwd: string;
  /** What the loop itself writes into repositories, as globs from their root: it is no part of the trainer. */
  readonly ownPaths: readonly string[];
  readonly job: TrialJob;
}

/** What a comparison with this attempt must agree in; null = could not be found out. Read it when the attempt begins. */
export async function readConditions(options: ConditionsOptions): Promise<Conditions> {
  const { cwd, job } = options;
  const [clone, pairData] = await Promise.all([readClone(options), pairDataHash(cwd, job)]);
  return {
    ...clone,
    pair_data: pairData,
    eval_freq: job.evalFreq,
    // The trainer's defaults (trainer facts 2.3), for configurations that leave them out.
    batch_size: integerOr(job.config["batch_size"], 8),
    num_workers: integerOr(job.config["num_workers"], 4),
  };
}

/**
 * Which version of the trainer lies there; null: it is no git repository, or git cannot tell. It is the last commit that changed
 * anything but `ownPaths`: where the configurations lie in the same repository, rounds and reports move its branch all the time.
 */
export async function readClone({
  run,
  cwd,
  ownPaths,
}: Omit<ConditionsOptions, "job">): Promise<Pick<Conditions, "fork_commit" | "fork_dirty">> {
  const trainer = ["--", ":(top)", ...ownPaths.map((path) => `:(top,exclude,glob)${path}`)];
  const [changed, status] = await Promise.all([
    git(run, cwd, ["rev-list", "--max-count=1", "HEAD", ...trainer]),
    git(run, cwd, ["status", "--porcelain", ...trainer]),
  ]);
  // Nothing else was ever in there: the trainer is installed somewhere else, and its first commit stands for all.
  const commit = changed === "" ? await git(run, cwd, ["rev-list", "--max-parents=0", "HEAD"]) : changed;
  return {
    fork_commit: commit?.trim().split("\n").at(-1) ?? null,
    fork_dirty: status === null ? null : status.trim() !== "",
  };
}

/** The clone's own configuration may name programs, and the training may have written it: none is run. */
const HARMLESS = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];

/** `--no-optional-locks`: asking must not hinder a person who works in the same clone. */
async function git(run: RunCommand, cwd: string, args: readonly string[]): Promise<string | null> {
  const result = await run({
    file: "git",
    args: ["--no-optional-locks", ...HARMLESS, "-C", cwd, ...args],
    timeoutMs: 30_000,
  });
  return result.kind === "exited" && result.exit === 0 ? result.stdout : null;
}

/** sha256 of the bytes of `ot.pair_info_path`; null without OT or when that file cannot be read. */
async function pairDataHash(cwd: string, job: TrialJob): Promise<string | null> {
  const ot = job.config["ot"];
  const path = isJsonObject(ot) ? ot["pair_info_path"] : null;
  if (typeof path !== "string") return null;
  try {
    return await hashOf(resolve(cwd, path));
  } catch (error) {
    if (hasCode(error, ["ENOENT", "ENOTDIR", "EISDIR", "EACCES"])) return null;
    throw error;
  }
}

/** A file of some 20 MB is read once, not between any two trials: the GPU is idle meanwhile. */
const HASHES = new Map<string, { readonly stamp: string; readonly hash: string }>();

async function hashOf(path: string): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  const stamp = [ino, size, mtimeNs, ctimeNs].join();
  const known = HASHES.get(path);
  if (known?.stamp === stamp) return known.hash;
  const digest = createHash("sha256");
  await pipeline(createReadStream(path), digest);
  const hash = digest.digest("hex");
  HASHES.set(path, { stamp, hash });
  return hash;
}

function integerOr(value: Json | undefined, otherwise: number): number | null {
  if (value === undefined) return otherwise;
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}
