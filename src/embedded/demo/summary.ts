import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as z from "zod";
import type { Stage } from "./stage.ts";

const run = promisify(execFile);

/** As much of a ledger line as the summary tells. */
const Line = z.looseObject({
  event: z.string(),
  round: z.string().optional(),
  trial: z.string().optional(),
  run_id: z.string().optional(),
});

export interface Summary {
  readonly rounds: number;
  readonly trials: number;
  readonly finished: number;
  readonly lines: readonly string[];
}

const OUTCOMES = ["finished", "invalid", "stopped", "failed", "interrupted"];
const EVAL = "eval/offline_eval/avg_l1";

/** What the rehearsal came to, read from the ledger with plain git and from the W&B runs. */
export async function summarise({ github, wandb }: Stage): Promise<Summary> {
  const show = async (object: string) =>
    (await run("git", ["--git-dir", github.gitDir, "show", object])).stdout;
  const files = (
    await run("git", ["--git-dir", github.gitDir, "ls-tree", "-r", "--name-only", "autoloop/ledger"])
  ).stdout;
  const logs = files.split("\n").filter((path) => /^rounds\/.*\.jsonl$/.test(path));
  const events = (await Promise.all(logs.map((path) => show(`autoloop/ledger:${path}`))))
    .flatMap((log) => log.split("\n").filter(Boolean))
    .map((line) => Line.parse(JSON.parse(line)));
  const ended = events.filter(({ event }) => OUTCOMES.includes(event));
  const best = ended
    .map(({ trial, run_id }) => ({
      trial,
      value: lowest(wandb.runs.rows(run_id ?? "").map((row) => row[EVAL])),
    }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.value - b.value)[0];
  const reported = new Set(events.filter(({ event }) => event === "reported").map(({ round }) => round));
  const finished = ended.filter(({ event }) => event === "finished").length;
  const counts = OUTCOMES.map((name) => [name, ended.filter(({ event }) => event === name).length] as const);
  return {
    rounds: reported.size,
    trials: ended.length,
    finished,
    lines: [
      "",
      `rounds     ${reported.size} proposed, merged, trained and reported`,
      `trials     ${ended.length}: ${counts
        .filter(([, count]) => count > 0)
        .map(([name, count]) => `${count} ${name}`)
        .join(", ")}`,
      best
        ? `best       ${EVAL.split("/").at(-1)} ${best.value.toFixed(4)} (${best.trial}; the report weighs it against the noise)`
        : "best       nothing was evaluated",
    ],
  };
}

function lowest(values: readonly unknown[]): number {
  return Math.min(
    ...values.filter((value): value is number => typeof value === "number" && Number.isFinite(value)),
  );
}
