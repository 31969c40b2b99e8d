import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { writePages } from "../github/pages.ts";
import type { GitHubEvent } from "../github/server.ts";
import { peopleOf } from "./people.ts";
import { type Stage, setStage } from "./stage.ts";
import { summarise } from "./summary.ts";

const ROUNDS = 3;
const REPORT = "src/lerobot/scripts/train_config/reports/act_ot.md";

export interface DemoOptions {
  /** Folder to leave everything in; without it a temporary one, removed at the end. */
  readonly keep?: string;
  readonly say: (line: string) => void;
}

/** Three rounds of the real programs on embedded services: the seed round, and two that were bred from what it taught. */
export async function demo({ keep, say }: DemoOptions): Promise<number> {
  const dir = keep ? await emptyFolder(resolve(keep)) : await mkdtemp(join(tmpdir(), "autoloop-demo-"));
  const began = performance.now();
  const since = () => `${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s  `;
  let stage: Stage | null = null;
  try {
    stage = await setStage({ dir, onEvent: (event) => report(event, (line) => say(since() + line)) });
    const complete = await play(stage, (line) => say(since() + line));
    await keepRecords(stage);
    const summary = await summarise(stage);
    for (const line of summary.lines) say(line);
    if (keep) for (const line of whereToLook(dir)) say(line);
    return complete && summary.finished === summary.trials && summary.rounds === ROUNDS ? 0 : 1;
  } finally {
    await stage?.close();
    if (!keep) await rm(dir, { recursive: true, force: true });
  }
}

/** The night begins by schedule; the reviewer merges each round, as a person would. */
async function play({ github, reviewer }: Stage, say: (line: string) => void): Promise<boolean> {
  await github.deliver("schedule");
  await github.idle();
  const people = peopleOf(github);
  for (let round = 1; round <= ROUNDS; round++) {
    const pull = [...github.state.pulls.values()].find(
      ({ mergedAt, state }) => mergedAt === null && state === "open",
    );
    if (!pull) {
      say(`There is no pull request of round ${round} to merge.`);
      return false;
    }
    say(`${reviewer} merges #${pull.number}: ${pull.title}`);
    await people.merge(reviewer, pull.number);
    await github.idle();
  }
  return true;
}

function report(event: GitHubEvent, say: (line: string) => void): void {
  if (event.kind === "pull" && event.action === "opened") say(`#${event.number} opened by ${event.by}`);
  if (event.kind === "job" && event.action === "started") say(`${event.name} …`);
}

async function emptyFolder(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).length > 0) throw new Error(`${dir} is not empty. Name a new folder with --keep.`);
  return dir;
}

/** What the services knew beside git, for whoever looks at the folder later. */
async function keepRecords({ dir, github, wandb }: Stage): Promise<void> {
  await writePages(github.state, join(dir, "pages"));
  await writeFile(join(dir, "wandb.json"), JSON.stringify(wandb.snapshot()));
}

function whereToLook(dir: string): readonly string[] {
  const git = `git -C ${join(dir, "github.git")}`;
  return [
    `rounds     ${git} log --graph --oneline main`,
    `report     ${git} show main:${REPORT}`,
    `ledger     ${git} log -p autoloop/ledger`,
    `pages      ${join(dir, "pages", "index.html")} (pull requests); logs in actions/ and state/`,
  ];
}
