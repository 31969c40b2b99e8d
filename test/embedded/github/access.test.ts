import { describe, expect, it } from "vitest";
import { as, client, clone, commitFiles, git, refusal, start, target, tempDir } from "./harness.ts";

const sha40 = "0123456789012345678901234567890123456789";

describe("tokens", () => {
  it("unknown: 401; none on a private repository: 404; none on a public one reads", async () => {
    const github = await start();
    expect(await refusal(client(github, "ghp_wrong").repos.get(target))).toMatchObject({
      status: 401,
      message: expect.stringContaining("Bad credentials"),
    });
    expect((await fetch(`${github.apiUrl}/repos/lab/robots`)).status).toBe(404);
    const open = await start({ private: false });
    expect((await fetch(`${open.apiUrl}/repos/lab/robots`)).status).toBe(200);
    expect(
      (await fetch(`${open.apiUrl}/repos/lab/robots/git/refs`, { method: "POST", body: "{}" })).status,
    ).toBe(404);
  });

  it("of a workflow dies after 24 hours", async () => {
    let now = Date.parse("2026-11-22T22:17:00Z");
    const github = await start({ clock: () => new Date(now) });
    const bot = client(github, github.issueWorkflowToken({ contents: "read" }));
    now += 24 * 3_600_000 - 1000;
    await bot.git.getRef({ ...target, ref: "heads/main" });
    now += 1000;
    expect((await refusal(bot.git.getRef({ ...target, ref: "heads/main" }))).status).toBe(401);
  });

  it("of a workflow do what their permissions say and nothing else", async () => {
    const github = await start();
    const main = (await as(github, "ada").git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    const bot = (permissions: Parameters<typeof github.issueWorkflowToken>[0]) =>
      client(github, github.issueWorkflowToken(permissions));
    const reader = bot({ contents: "read" });
    await reader.git.getCommit({ ...target, commit_sha: main });
    const calls = [
      () => reader.git.createRef({ ...target, ref: "refs/heads/x", sha: main }),
      () => reader.pulls.list(target),
      () => reader.issues.createComment({ ...target, issue_number: 1, body: "x" }),
      () => reader.actions.createWorkflowDispatch({ ...target, workflow_id: "autoloop.yml", ref: "main" }),
      () => reader.checks.create({ ...target, name: "round", head_sha: main }),
      () => bot({ "pull-requests": "write" }).pulls.merge({ ...target, pull_number: 1 }),
      () => bot({}).git.getRef({ ...target, ref: "heads/main" }),
    ];
    for (const call of calls) {
      expect(await refusal(call())).toMatchObject({
        status: 403,
        message: expect.stringContaining("Resource not accessible by integration"),
      });
    }
    await bot({ checks: "write" }).checks.create({ ...target, name: "round", head_sha: main });
  });

  it("of a workflow never write workflow files", async () => {
    const github = await start();
    const bot = client(github, github.issueWorkflowToken({ contents: "write" }));
    const files = { ".github/workflows/autoloop.yml": "on: push\n" };
    expect((await refusal(commitFiles(bot, { branch: "main", files }))).status).toBe(403);
    await commitFiles(as(github, "wim"), { branch: "main", files });

    // What the repository already has is no change: branches of the bot carry it along, orphan ones do without.
    await commitFiles(bot, { branch: "round", from: "main", files: { "a.json": "{}" } });
    const tree = (
      await bot.git.createTree({ ...target, tree: [{ path: "loop.jsonl", mode: "100644", content: "" }] })
    ).data.sha;
    const { sha } = (await bot.git.createCommit({ ...target, message: "ledger", tree, parents: [] })).data;
    await bot.git.createRef({ ...target, ref: "refs/heads/autoloop/ledger", sha });
  });
});

describe("roles", () => {
  it("hide the repository from strangers and writing from readers", async () => {
    const github = await start();
    const rhea = as(github, "rhea");
    const main = (await rhea.git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    expect((await refusal(as(github, "nobody").repos.get(target))).status).toBe(404);
    expect((await refusal(rhea.git.createRef({ ...target, ref: "refs/heads/x", sha: main }))).status).toBe(
      403,
    );
    expect((await refusal(rhea.repos.get({ owner: "lab", repo: "other" }))).status).toBe(404);
    expect(
      await refusal(as(github, "ada").checks.create({ ...target, name: "x", head_sha: main })),
    ).toMatchObject({
      status: 403,
      message: expect.stringContaining("You must authenticate via a GitHub App."),
    });
  });

  it("are told by permission and role_name", async () => {
    const github = await start({
      users: [
        { login: "ada", permission: "admin" },
        { login: "mia", permission: "maintain" },
        { login: "tom", permission: "triage" },
        { login: "nobody", permission: "none" },
      ],
    });
    const ask = async (username: string) => {
      const { data } = await as(github, "ada").repos.getCollaboratorPermissionLevel({ ...target, username });
      return [data.permission, data.role_name, data.user?.login];
    };
    expect(await ask("ada")).toEqual(["admin", "admin", "ada"]);
    expect(await ask("mia")).toEqual(["write", "maintain", "mia"]);
    expect(await ask("tom")).toEqual(["read", "triage", "tom"]);
    expect(await ask("nobody")).toEqual(["none", "none", "nobody"]);
    expect((await refusal(ask("who"))).status).toBe(404);
  });
});

describe("smart HTTP", () => {
  it("clones and pushes with a token, and refuses without", async () => {
    const github = await start();
    const dir = await tempDir();
    await expect(git(dir, "clone", "--quiet", github.cloneUrl, "x")).rejects.toThrow(
      /could not read Username/,
    );
    const work = await clone(github, github.tokenFor("rhea"));
    await git(work, "commit", "--quiet", "--allow-empty", "-m", "mine");
    await expect(git(work, "push", "--quiet")).rejects.toThrow(/403/);
    const reader = await clone(github, github.issueWorkflowToken({ contents: "read" }));
    await git(reader, "commit", "--quiet", "--allow-empty", "-m", "bot");
    await expect(git(reader, "push", "--quiet")).rejects.toThrow(/403/);
  });

  it("refuses two authorization headers, as GitHub does", async () => {
    const github = await start();
    const dir = await tempDir();
    const header = (token: string) =>
      `http.extraheader=Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
    const token = github.tokenFor("ada");
    await git(dir, "-c", header(token), "ls-remote", github.cloneUrl);
    await expect(
      git(dir, "-c", header(token), "-c", header(token), "ls-remote", github.cloneUrl),
    ).rejects.toThrow(/400/);
  });

  it("serves a blob of any commit by its id to a partial clone", async () => {
    const github = await start();
    const dir = await tempDir();
    const url = github.cloneUrl.replace("http://", `http://x:${github.tokenFor("ada")}@`);
    await git(dir, "clone", "--quiet", "--filter=blob:none", "--no-checkout", url, "work");
    expect(await git(`${dir}/work`, "cat-file", "-p", "HEAD:src/train.py")).toBe("steps = 100");
  });
});

describe("limits", () => {
  it("hold for bodies, titles, check runs and annotations", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const bot = client(github, github.issueWorkflowToken({ checks: "write" }));
    const head_sha = await commitFiles(ada, { branch: "b", from: "main", files: { "b.txt": "b" } });
    const long = "x".repeat(65_537);
    const pull = { ...target, head: "b", base: "main" };
    expect((await refusal(ada.pulls.create({ ...pull, title: "t", body: long }))).message).toContain(
      "body is too long (maximum is 65536 characters)",
    );
    expect((await refusal(ada.pulls.create({ ...pull, title: "t".repeat(257) }))).status).toBe(422);
    await ada.pulls.create({ ...pull, title: "t", body: "x".repeat(65_536) });
    const comment = { ...target, issue_number: 1 };
    expect((await refusal(ada.issues.createComment({ ...comment, body: long }))).status).toBe(422);
    const { id } = (await ada.issues.createComment({ ...comment, body: "x".repeat(65_536) })).data;
    expect((await refusal(ada.issues.updateComment({ ...target, comment_id: id, body: long }))).status).toBe(
      422,
    );
    expect((await refusal(ada.issues.createComment({ ...comment, body: " " }))).status).toBe(422);
    const check = { ...target, name: "round", head_sha };
    const output = { title: "t", summary: "s" };
    expect((await refusal(bot.checks.create({ ...check, output: { ...output, text: long } }))).status).toBe(
      422,
    );
    const annotation = {
      path: "b.txt",
      start_line: 1,
      end_line: 1,
      annotation_level: "notice" as const,
      message: "m",
    };
    const annotations = Array.from({ length: 51 }, () => annotation);
    expect((await refusal(bot.checks.create({ ...check, output: { ...output, annotations } }))).status).toBe(
      422,
    );
    expect((await refusal(bot.checks.create({ ...check, status: "completed" }))).message).toContain(
      "conclusion",
    );
    expect((await refusal(bot.checks.create({ ...check, head_sha: sha40 }))).message).toContain(
      "No commit found",
    );
  });
});
