import { describe, expect, it } from "vitest";
import { as, client, clone, commitFiles, fileAt, git, refusal, start, target, write } from "./harness.ts";

const head = "autoloop/round-0001";

async function withPull(files: Record<string, string> = { "variants/a.json": '{"a": 1}\n' }) {
  const github = await start();
  const ada = as(github, "ada");
  const bot = client(github, github.issueWorkflowToken({ contents: "write", "pull-requests": "write" }));
  const sha = await commitFiles(bot, { branch: head, from: "main", files, message: "Round 0001" });
  const pull = (await bot.pulls.create({ ...target, head, base: "main", title: "Round 0001", body: "why" }))
    .data;
  return { github, ada, bot, sha, pull };
}

describe("opening a pull request", () => {
  it("answers with what clients read", async () => {
    const { ada, pull, sha } = await withPull();
    expect((await ada.pulls.get({ ...target, pull_number: 1 })).data).toMatchObject({
      mergeable: true,
      mergeable_state: "clean",
    });
    expect(pull).toMatchObject({
      number: 1,
      state: "open",
      merged: false,
      mergeable: null,
      mergeable_state: "unknown",
      user: { login: "github-actions[bot]", type: "Bot" },
      head: { ref: head, sha, label: `lab:${head}`, repo: { full_name: "lab/robots" } },
      base: { ref: "main" },
      commits: 1,
      changed_files: 1,
      additions: 1,
    });
  });

  it("refuses a second one for the same branches, unknown branches and empty ranges", async () => {
    const { bot, github } = await withPull();
    const again = await refusal(bot.pulls.create({ ...target, head, base: "main", title: "again" }));
    expect(again).toMatchObject({
      status: 422,
      message: expect.stringContaining(`A pull request already exists for lab:${head}.`),
    });
    const none = await refusal(bot.pulls.create({ ...target, head: "nope", base: "main", title: "x" }));
    expect(none.message).toContain('"field":"head"');
    const ada = as(github, "ada");
    const main = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    await ada.git.createRef({ ...target, ref: "refs/heads/same", sha: main });
    const empty = await refusal(ada.pulls.create({ ...target, head: "same", base: "main", title: "x" }));
    expect(empty.message).toContain("No commits between main and same");
  });

  it("opens one of several that come at the same time", async () => {
    const { ada } = await withPull();
    await commitFiles(ada, { branch: "b", from: "main", files: { "b.txt": "b" } });
    const calls = [1, 2, 3].map((n) =>
      ada.pulls.create({ ...target, head: "b", base: "main", title: `${n}` }),
    );
    const results = await Promise.allSettled(calls);
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  });

  it("filters lists by state, head and base", async () => {
    const { bot, ada } = await withPull();
    await commitFiles(ada, { branch: "other", from: "main", files: { "o.txt": "o" } });
    const other = (await ada.pulls.create({ ...target, head: "other", base: "main", title: "other" })).data;
    await ada.pulls.update({ ...target, pull_number: other.number, state: "closed" });
    const numbers = async (query: object) =>
      (await bot.pulls.list({ ...target, ...query })).data.map((one) => one.number);
    expect(await numbers({})).toEqual([1]);
    expect(await numbers({ state: "all" })).toEqual([2, 1]);
    expect(await numbers({ state: "all", head: "lab:other" })).toEqual([2]);
    expect(await numbers({ base: "elsewhere" })).toEqual([]);
  });
});

describe("merging", () => {
  it("by merge commit keeps both sides and says who did it", async () => {
    const { ada, pull, sha } = await withPull();
    await commitFiles(ada, { branch: "main", files: { "meanwhile.txt": "kept\n" } });
    const merged = (await ada.pulls.merge({ ...target, pull_number: pull.number, sha })).data;
    expect(await fileAt(ada, "meanwhile.txt", "main")).toBe("kept\n");
    expect(await fileAt(ada, "variants/a.json", "main")).toBe('{"a": 1}\n');
    const commit = (await ada.repos.getCommit({ ...target, ref: merged.sha })).data;
    expect(commit.commit.message).toBe(`Merge pull request #1 from lab/${head}\n\nRound 0001`);
    expect(commit.parents.map((parent) => parent.sha)).toContain(sha);
    const after = (await ada.pulls.get({ ...target, pull_number: 1 })).data;
    expect(after).toMatchObject({
      state: "closed",
      merged: true,
      merge_commit_sha: merged.sha,
      merged_by: { login: "ada" },
    });
    expect(after.merged_at).toBe(after.closed_at);
  });

  it("by squash makes one commit on the base, by the pull request's author", async () => {
    const { ada, bot, pull } = await withPull();
    await commitFiles(bot, { branch: head, files: { "variants/b.json": "{}" }, message: "second" });
    const { sha } = (await ada.pulls.merge({ ...target, pull_number: pull.number, merge_method: "squash" }))
      .data;
    const commit = (await ada.repos.getCommit({ ...target, ref: sha })).data;
    expect(commit.parents).toHaveLength(1);
    expect(commit.commit.message).toBe("Round 0001 (#1)\n\n* Round 0001\n\n* second");
    expect(commit.author?.login).toBe("github-actions[bot]");
    expect(commit.files?.map((file) => file.filename)).toEqual(["variants/a.json", "variants/b.json"]);
  });

  it("by rebase repeats every commit on top of the base", async () => {
    const { ada, bot, pull } = await withPull();
    await commitFiles(bot, { branch: head, files: { "variants/b.json": "{}" }, message: "second" });
    await commitFiles(ada, { branch: "main", files: { "meanwhile.txt": "kept\n" }, message: "meanwhile" });
    const { sha } = (await ada.pulls.merge({ ...target, pull_number: pull.number, merge_method: "rebase" }))
      .data;
    const log = (await ada.repos.listCommits({ ...target, sha: "main" })).data;
    expect(log.map((commit) => commit.commit.message)).toEqual([
      "second",
      "Round 0001",
      "meanwhile",
      "Initial commit",
    ]);
    expect(log.every((commit) => commit.parents.length <= 1)).toBe(true);
    expect(log[0]?.sha).toBe(sha);
    expect(await fileAt(ada, "meanwhile.txt", "main")).toBe("kept\n");
    expect(await fileAt(ada, "variants/b.json", "main")).toBe("{}");
  });

  it.each(["merge", "squash", "rebase"] as const)(
    "by %s refuses a conflict with 405 and changes nothing",
    async (merge_method) => {
      const { ada, pull } = await withPull({ "src/train.py": "steps = 1\n" });
      const before = await commitFiles(ada, { branch: "main", files: { "src/train.py": "steps = 2\n" } });
      expect((await ada.pulls.get({ ...target, pull_number: 1 })).data).toMatchObject({
        mergeable: false,
        mergeable_state: "dirty",
      });
      const no = await refusal(ada.pulls.merge({ ...target, pull_number: pull.number, merge_method }));
      expect(no.status).toBe(405);
      expect((await ada.git.getRef({ ...target, ref: "heads/main" })).data.object.sha).toBe(before);
    },
  );

  it("refuses another head than the one that was reviewed with 409, and twice with 405", async () => {
    const { ada, bot, pull, sha } = await withPull();
    await commitFiles(bot, { branch: head, files: { "variants/b.json": "{}" } });
    expect((await refusal(ada.pulls.merge({ ...target, pull_number: pull.number, sha }))).status).toBe(409);
    await ada.pulls.merge({ ...target, pull_number: pull.number });
    expect((await refusal(ada.pulls.merge({ ...target, pull_number: pull.number }))).status).toBe(405);
  });

  it.each(["merge", "squash", "rebase"] as const)(
    "by %s is found from the commit it made",
    async (merge_method) => {
      const { ada, pull } = await withPull();
      const direct = await commitFiles(ada, { branch: "main", files: { "direct.txt": "d" } });
      const { sha } = (await ada.pulls.merge({ ...target, pull_number: pull.number, merge_method })).data;
      const of = async (commit_sha: string) =>
        (await ada.repos.listPullRequestsAssociatedWithCommit({ ...target, commit_sha })).data.map(
          (one) => one.number,
        );
      expect(await of(sha)).toEqual([1]);
      expect(await of(direct)).toEqual([]);
    },
  );
});

describe("a pull request follows its branch", () => {
  it("after a push over smart HTTP by a real git", async () => {
    const { github, ada, sha } = await withPull();
    const work = await clone(github, github.tokenFor("wim"));
    await git(work, "checkout", "--quiet", head);
    await write(work, "variants/a.json", '{"a": 2}\n');
    await git(work, "commit", "--quiet", "-am", "Reviewer's edit");
    await git(work, "push", "--quiet");
    const tip = await git(work, "rev-parse", "HEAD");
    const pull = (await ada.pulls.get({ ...target, pull_number: 1 })).data;
    expect(tip).not.toBe(sha);
    expect(pull.head.sha).toBe(tip);
    expect(pull.commits).toBe(2);
    const commits = (await ada.pulls.listCommits({ ...target, pull_number: 1 })).data;
    expect(commits.map((commit) => commit.commit.message)).toEqual(["Round 0001", "Reviewer's edit"]);
    expect((await ada.pulls.listFiles({ ...target, pull_number: 1 })).data).toMatchObject([
      { filename: "variants/a.json", status: "added", additions: 1, deletions: 0 },
    ]);
  });

  it("and closes when the branch is deleted", async () => {
    const { ada, bot } = await withPull();
    await bot.git.deleteRef({ ...target, ref: `heads/${head}` });
    expect((await ada.pulls.get({ ...target, pull_number: 1 })).data).toMatchObject({
      state: "closed",
      merged: false,
    });
  });

  it("and counts as merged when somebody pushes the merge from their machine", async () => {
    const { github, ada } = await withPull();
    const work = await clone(github, github.tokenFor("wim"));
    await git(work, "merge", "--quiet", "--no-ff", `origin/${head}`, "-m", "by hand");
    await git(work, "push", "--quiet");
    const pull = (await ada.pulls.get({ ...target, pull_number: 1 })).data;
    expect(pull).toMatchObject({ merged: true, merged_by: { login: "wim" } });
    expect(pull.merge_commit_sha).toBe(await git(work, "rev-parse", "HEAD"));
  });

  it("shows a test merge commit before the real one", async () => {
    const { ada, sha } = await withPull();
    const pull = (await ada.pulls.get({ ...target, pull_number: 1 })).data;
    expect(pull.merged).toBe(false);
    const test = (await ada.git.getCommit({ ...target, commit_sha: pull.merge_commit_sha ?? "" })).data;
    expect(test.parents.map((parent) => parent.sha)).toContain(sha);
  });

  it("names the fork that it comes from", async () => {
    const { github, ada, sha } = await withPull();
    await github.openForkPull({ login: "rhea", branch: "main", sha, title: "mine" });
    const pull = (await ada.pulls.get({ ...target, pull_number: 2 })).data;
    expect(pull.head).toMatchObject({ label: "rhea:main", repo: { full_name: "rhea/robots", fork: true } });
    expect(pull.base.repo.full_name).toBe("lab/robots");
  });
});
