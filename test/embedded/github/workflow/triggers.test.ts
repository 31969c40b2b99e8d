import { describe, expect, it } from "vitest";
import { as, client, clone, commitFiles, fakeAction, git, jobsOf, start, target, write } from "../harness.ts";

const manifest = "src/reports/data/rounds/0001.json";

async function withAction() {
  const distDir = await fakeAction("");
  const github = await start({ scheduler: { distDir } });
  const ada = as(github, "ada");
  return { github, ada };
}

async function withPull() {
  const all = await withAction();
  await commitFiles(all.ada, { branch: "b", from: "main", files: { [manifest]: "{}" } });
  await all.ada.pulls.create({ ...target, head: "b", base: "main", title: "Round 0001" });
  await all.github.idle();
  return { ...all, issue: { ...target, issue_number: 1 } };
}

describe("events", () => {
  it("of comments start the command job, whoever may comment, but not for remarks", async () => {
    const { github, ada, issue } = await withPull();
    await as(github, "rhea").issues.createComment({ ...issue, body: "/status" });
    await github.idle();
    expect(jobsOf(github)).toEqual(["issue_comment command: success"]);
    await ada.issues.createComment({ ...issue, body: "nice" });
    await github.idle();
    expect(jobsOf(github)).toHaveLength(1);
    const run = [...github.state.runs.values()][0];
    expect(run?.payload).toMatchObject({
      action: "created",
      comment: { body: "/status", user: { login: "rhea" } },
      issue: { number: 1, pull_request: { merged_at: null } },
      sender: { login: "rhea" },
    });
    expect(JSON.stringify(run?.payload["issue"])).not.toContain(github.state.pulls.get(1)?.headSha);
  });

  it("of a merge start the control job, of other files and branches nothing", async () => {
    const { github, ada } = await withPull();
    await commitFiles(ada, { branch: "main", files: { "README.md": "new" } });
    await commitFiles(ada, { branch: "b", files: { "src/reports/data/rounds/0002.json": "{}" } });
    await github.idle();
    expect(jobsOf(github)).toEqual([]);
    await ada.pulls.merge({ ...target, pull_number: 1, merge_method: "squash" });
    await github.idle();
    expect(jobsOf(github)).toEqual(["push control: success"]);
  });

  it("of a git push start the control job, with everything a push says", async () => {
    const { github } = await withAction();
    const work = await clone(github, github.tokenFor("wim"));
    const before = await git(work, "rev-parse", "HEAD");
    await write(work, manifest, "{}");
    await git(work, "add", ".");
    await git(work, "commit", "--quiet", "-m", "direct");
    await git(work, "push", "--quiet");
    await github.idle();
    expect(jobsOf(github)).toEqual(["push control: success"]);
    const after = await git(work, "rev-parse", "HEAD");
    expect([...github.state.runs.values()][0]).toMatchObject({
      headSha: after,
      title: "autoloop push",
      payload: {
        ref: "refs/heads/main",
        before,
        after,
        forced: false,
        pusher: { name: "wim" },
        head_commit: { message: "direct" },
      },
    });
  });

  it("of a commit that asks to skip start nothing", async () => {
    const { github, ada } = await withAction();
    await commitFiles(ada, {
      branch: "main",
      files: { [manifest]: "{}" },
      message: "Round 0001\n\n[skip ci]",
    });
    await github.idle();
    expect(jobsOf(github)).toEqual([]);
  });

  it("of a workflow token start nothing, except a dispatch", async () => {
    const { github, issue } = await withPull();
    const bot = client(
      github,
      github.issueWorkflowToken({
        contents: "write",
        issues: "write",
        "pull-requests": "write",
        actions: "write",
      }),
    );
    await bot.issues.createComment({ ...issue, body: "/stop" });
    await commitFiles(bot, { branch: "main", files: { "reports/data/rounds/0009.json": "{}" } });
    await bot.pulls.merge({ ...target, pull_number: 1 });
    const work = await clone(github, github.issueWorkflowToken({ contents: "write" }));
    await write(work, "reports/data/rounds/0010.json", "{}");
    await git(work, "add", ".");
    await git(work, "commit", "--quiet", "-m", "bot");
    await git(work, "push", "--quiet");
    await github.idle();
    expect(jobsOf(github)).toEqual([]);
    await bot.actions.createWorkflowDispatch({
      ...target,
      workflow_id: "autoloop.yml",
      ref: "main",
      inputs: { mode: "report" },
    });
    await github.idle();
    expect(jobsOf(github)).toEqual(["workflow_dispatch control: success"]);
  });

  it("of the schedule run the default branch", async () => {
    const { github, ada } = await withAction();
    const tip = await commitFiles(ada, { branch: "main", files: { "x.txt": "x" } });
    await github.deliver("schedule");
    await github.idle();
    expect([...github.state.runs.values()][0]).toMatchObject({
      event: "schedule",
      headSha: tip,
      payload: { schedule: "17 13,15,17,19,21,23 * * *" },
    });
    expect(jobsOf(github)).toEqual(["schedule control: success"]);
  });

  it("watch other paths where the repository keeps its rounds elsewhere", async () => {
    const github = await start({
      scheduler: { distDir: await fakeAction(""), pushPaths: ["rounds/*.json"] },
    });
    await commitFiles(as(github, "ada"), { branch: "main", files: { [manifest]: "{}" } });
    await commitFiles(as(github, "ada"), { branch: "main", files: { "rounds/1.json": "{}" } });
    await github.idle();
    expect(jobsOf(github)).toEqual(["push control: success"]);
  });
});
