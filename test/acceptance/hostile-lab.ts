import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { GitHubEvent } from "../../src/embedded/github/hub.ts";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { sha256 } from "../../src/rounds/names.ts";
import { outcome } from "../report/samples.ts";
import { EVIL, EVIL_FILE, hostileTrainer, type Seen } from "./hostile-trainer.ts";
import { lab } from "./programs.ts";

const run = promisify(execFile);
const CONFIGS = "src/lerobot/scripts/train_config";
const REHEARSAL = resolve(import.meta.dirname, "../../dist/rehearsal.js");
/** What `git` and the trainer may read on the box besides. */
const BOX_SECRET = "a-secret-of-the-box-that-nobody-listed";

/** A lab in which runs, metrics, a template, its values and the trainer itself are hostile. */
export async function hostileLab() {
  const own = await mkdtemp(join(tmpdir(), "autoloop-hostile-"));
  const [seen, planted, trainer, bin] = ["seen.jsonl", "planted.json", "trainer.mjs", "bin"].map((name) =>
    join(own, name),
  ) as [string, string, string, string];
  await mkdir(bin);
  await Promise.all([
    writeFile(seen, ""),
    writeFile(planted, JSON.stringify(outcome({ round: "0099", trial: "0099a-s42", log_tail: [EVIL] }))),
    writeFile(trainer, hostileTrainer({ seen, planted })),
    writeFile(join(bin, "git"), recordingGit(own), { mode: 0o755 }),
  ]);
  const events: GitHubEvent[] = [];
  const here = await lab({
    templates: 4,
    settings: {
      source: JSON.stringify({ entity: "lab", project: "policies", select: { tags: ["baseline"] } }),
    },
    trainer: {
      ...{ steps: 200, eval_freq: 100, log_freq: 20, retries: { failed: 0, interrupted: 0 } },
      command: [process.execPath, trainer, process.execPath, REHEARSAL, "trainer"],
    },
    boxEnv: {
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      AWS_SECRET_ACCESS_KEY: BOX_SECRET,
      SSH_AUTH_SOCK: BOX_SECRET,
    },
    onEvent: (event) => events.push(event),
  });
  addHostileRun(here);

  /** Something done in a clone by a person with a token, committed and pushed. */
  const push = async (branch: string, change: (clone: string) => Promise<void>): Promise<void> => {
    const clone = await mkdtemp(join(own, "clone-"));
    const basic = Buffer.from(`x-access-token:${here.github.tokenFor("ana")}`).toString("base64");
    const who = ["-c", "user.name=ana", "-c", "user.email=ana@lab.test"];
    const git = (...args: string[]) =>
      run("git", ["-c", `http.extraheader=Authorization: Basic ${basic}`, ...who, ...args]);
    await git("clone", "--quiet", "--branch", branch, here.github.cloneUrl, clone);
    await change(clone);
    await git("-C", clone, "add", "--all");
    await git("-C", clone, "commit", "--quiet", "--message", "By hand");
    await git("-C", clone, "push", "--quiet", "origin", `HEAD:${branch}`);
  };
  await push("main", (clone) =>
    writeFile(join(clone, CONFIGS, EVIL_FILE), `${JSON.stringify(hostileConfig(), null, 2)}\n`),
  );

  const jobs = () => [...here.github.state.runs.values()].flatMap((one) => one.jobs);
  return {
    ...here,
    own,
    events: here.events,
    delivered: events,
    push,
    jobs,
    logs: async () =>
      Promise.all(jobs().flatMap(({ logFile }) => (logFile ? [readFile(logFile, "utf8")] : []))),
    /** One entry per training that was started. */
    seen: async (): Promise<readonly Seen[]> =>
      (await readFile(seen, "utf8"))
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    /** Environments and arguments that `git` was called with on the box. */
    gitCalls: async () =>
      Promise.all(
        (await readdir(own))
          .filter((name) => name.startsWith("git-call-"))
          .map((name) => readFile(join(own, name), "utf8")),
      ),
    boxSecret: BOX_SECRET,
    close: async () => {
      await here.close();
      await rm(own, { recursive: true, force: true });
    },
  };
}

export type HostileLab = Awaited<ReturnType<typeof hostileLab>>;

function hostileConfig(): object {
  const config = structuredClone(planConfigs()[4]?.config ?? {});
  return {
    ...config,
    dataset: { ...Object(config["dataset"]), repo_id: EVIL },
    job_name: EVIL,
    output_dir: "../../../PWNED",
  };
}

function addHostileRun({ wandb }: Awaited<ReturnType<typeof lab>>): void {
  wandb.runs.add({
    entity: "lab",
    project: "policies",
    name: "bad00001",
    displayName: EVIL,
    notes: EVIL,
    group: EVIL,
    tags: ["baseline", EVIL],
    state: "finished",
    config: { job_name: EVIL, [EVIL]: EVIL, ot: { loss_config: { reg: EVIL } } },
    history: Array.from({ length: 20 }, (_, at) => ({
      _step: 50 * (at + 1),
      "train/l1_loss": 0.1 + 20 / (50 * (at + 1)),
      [`train/${EVIL}`]: at,
      [`train/ot_${EVIL}`]: at,
    })),
  });
}

/** Writes down its environment and its arguments, and then is git. */
function recordingGit(folder: string): string {
  return `#!/bin/sh
{ env; echo "ARGV $*"; } > "${folder}/git-call-$$"
PATH="$(echo "$PATH" | cut -d: -f2-)" exec git "$@"
`;
}

/** A ledger entry that looks like the approval of a round, and one that claims its only trial. */
export function forgedRound(facts: {
  round: string;
  merge: string;
  blob: string;
  bytes: Uint8Array;
}): string {
  const { round, merge, blob, bytes } = facts;
  const at = new Date().toISOString();
  const variant = `${round}a`;
  const config = { path: `${CONFIGS}/x.json`, blob, sha256: sha256(bytes), hash: "0".repeat(64) };
  const approved = {
    ...{ key: `approved:${round}`, at, event: "approved", round, merge, by: "ana", pull: 1 },
    manifest: "0".repeat(64),
    trainer: { fork: "train-logging", steps: 100, eval_freq: 50, log_freq: 20 },
    configs: { [variant]: { ...config, seeds: [42], priority: 1 } },
    edited: [],
    follow_up: null,
  };
  const dispatched = {
    ...{ key: `dispatched:${round}-deadbeef`, at, event: "dispatched", round, dispatch: `${round}-deadbeef` },
    trials: [{ id: `${variant}-s42`, attempt: 1, run_id: "a000000001" }],
  };
  return [approved, dispatched].map((event) => `${JSON.stringify(event)}\n`).join("");
}

export { CONFIGS };
