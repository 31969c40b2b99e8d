import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { peopleOf } from "../../src/embedded/demo/people.ts";
import { actLab } from "./engine.ts";

const act = process.env["AUTOLOOP_ACT"] ?? "";
const node = process.env["AUTOLOOP_NODE24"] ?? process.execPath;
const REPORT = "src/lerobot/scripts/train_config/reports/act_ot.md";

if (act === "") {
  describe.skip("the workflow in nektos/act: skipped, AUTOLOOP_ACT does not name its executable", () =>
    it("needs act", () => undefined));
}

/** One round, each event delivered by hand to an engine that knows nothing of us: YAML, expressions and inputs are its own. */
describe.runIf(act !== "")("examples/workflows/autoloop.yml run by nektos/act", () => {
  let dir: string;
  let here: Awaited<ReturnType<typeof actLab>>;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "autoloop-act-"));
    here = await actLab({ dir, act, node });
  });
  afterAll(async () => {
    await here.stage.close();
    await rm(dir, { recursive: true, force: true });
  });

  const git = (...args: string[]) =>
    execFileSync("git", ["--git-dir", here.stage.github.gitDir, ...args], { encoding: "utf8" });
  const repository = {
    full_name: "lab/policies",
    name: "policies",
    owner: { login: "lab" },
    default_branch: "main",
  };
  const read = async (path: string) => {
    const { apiUrl, tokenFor } = here.stage.github;
    const headers = { authorization: `Bearer ${tokenFor("ana")}` };
    return (await fetch(`${apiUrl}/repos/lab/policies/${path}`, { headers })).json();
  };
  const deliver = async (event: string, payload: object) => {
    const { exit, log } = await here.deliver(event, {
      repository,
      sender: { login: "ana", type: "User" },
      ...payload,
    });
    expect(exit, log).toBe(0);
    return log;
  };

  it("a schedule runs control, which proposes the first round", { timeout: 120_000 }, async () => {
    const log = await deliver("schedule", { schedule: "17 13,15,17,19,21,23 * * *" });
    expect(log).toMatch(/control.*Job succeeded/);
    expect([...here.stage.github.state.pulls.values()].map(({ headRef }) => headRef)).toEqual([
      "autoloop/round-0001",
    ]);
  });

  it("the push of its merge runs control, which dispatches the training", { timeout: 120_000 }, async () => {
    const before = git("rev-parse", "main").trim();
    await peopleOf(here.stage.github).merge("ana", 1);
    const after = git("rev-parse", "main").trim();
    await deliver("push", { ref: "refs/heads/main", before, after });
    const [run] = [...here.stage.github.state.runs.values()];
    expect(run).toMatchObject({ event: "workflow_dispatch", inputs: { mode: "train", trials: '["all"]' } });
  });

  it("the dispatch runs train and collect, and the report has the trials", { timeout: 180_000 }, async () => {
    const [run] = [...here.stage.github.state.runs.values()];
    const log = await deliver("workflow_dispatch", { inputs: { ...run?.inputs }, ref: "refs/heads/main" });
    expect(log).toMatch(/train.*Job succeeded/);
    expect(log).toMatch(/collect.*Job succeeded/);
    expect(git("show", "autoloop/ledger:rounds/0001.jsonl").match(/"event":"finished"/g)).toHaveLength(2);
    expect(git("show", `main:${REPORT}`)).toContain("0001a-s42");
  });

  it("a remark runs nothing, nor does a bot's command or one in another repository", {
    timeout: 120_000,
  }, async () => {
    const { github } = here.stage;
    const before = github.requests.length;
    const issue = { number: 1, pull_request: {} };
    const comment = { id: 1, body: "/rerun a", user: { login: "ana", type: "User" } };
    const remark = { action: "created", issue, comment: { ...comment, body: "looks good, /rerun a" } };
    expect(await deliver("issue_comment", remark)).not.toContain("Job succeeded");
    const bot = { login: "robot[bot]", type: "Bot" };
    const ofBot = { action: "created", issue, comment, sender: bot };
    expect(await deliver("issue_comment", ofBot)).not.toContain("Job succeeded");
    const ofFork = await here.deliver(
      "issue_comment",
      { action: "created", issue, comment },
      "fork/policies",
    );
    expect(ofFork.log).not.toContain("Job succeeded");
    expect(github.requests.length).toBe(before);
  });

  it("a comment runs command, which answers", { timeout: 120_000 }, async () => {
    const { github } = here.stage;
    await peopleOf(github).comment("ana", 1, "/rerun nothing-of-that-name");
    const comment = [...github.state.comments.values()].at(-1);
    await deliver("issue_comment", {
      action: "created",
      issue: await read("issues/1"),
      comment: await read(`issues/comments/${comment?.id}`),
    });
    const answer = [...github.state.comments.values()].at(-1);
    expect(answer).toMatchObject({ author: "github-actions[bot]", issue: 1 });
    expect(github.unknownRoutes).toEqual([]);
  });
});
