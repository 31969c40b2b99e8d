import { describe, expect, it } from "vitest";
import { as, client, commitFiles, refusal, start, target } from "./harness.ts";

async function withPull() {
  const github = await start();
  const bot = client(
    github,
    github.issueWorkflowToken({ contents: "write", "pull-requests": "write", issues: "write" }),
  );
  await commitFiles(bot, {
    branch: "b",
    from: "main",
    files: { "src/train.py": "steps = 200\nseed = 1\n", "new.json": "{}\n" },
  });
  const { data } = await bot.pulls.create({ ...target, head: "b", base: "main", title: "b" });
  return { github, bot, pull: { ...target, pull_number: data.number }, head: data.head.sha };
}

describe("reviews", () => {
  it("are given by everybody but the author, with remarks on lines of the diff", async () => {
    const { github, bot, pull, head } = await withPull();
    const review = await as(github, "wim").pulls.createReview({
      ...pull,
      event: "REQUEST_CHANGES",
      body: "too long",
      comments: [{ path: "src/train.py", line: 2, body: "which seed?" }],
    });
    expect(review.data).toMatchObject({
      state: "CHANGES_REQUESTED",
      commit_id: head,
      user: { login: "wim" },
    });
    const { data: remarks } = await bot.pulls.listReviewComments(pull);
    expect(remarks).toMatchObject([
      {
        path: "src/train.py",
        line: 2,
        side: "RIGHT",
        body: "which seed?",
        diff_hunk: expect.stringMatching(/^@@.*\+seed = 1$/s),
      },
    ]);
    await as(github, "wim").pulls.createReview({ ...pull, event: "APPROVE" });
    expect((await bot.pulls.listReviews(pull)).data.map(({ state }) => state)).toEqual([
      "CHANGES_REQUESTED",
      "APPROVED",
    ]);
    expect((await bot.pulls.get(pull)).data.review_comments).toBe(1);
    expect((await refusal(bot.pulls.createReview({ ...pull, event: "APPROVE" }))).message).toContain(
      "your own pull request",
    );
  });

  it("refuse remarks on lines and files that are not in the diff", async () => {
    const { bot, pull, head } = await withPull();
    const remark = (path: string, line: number) =>
      refusal(
        bot.pulls.createReview({
          ...pull,
          event: "COMMENT",
          body: "x",
          comments: [{ path, line, body: "y" }],
        }),
      );
    expect((await remark("src/train.py", 99)).message).toContain("Line could not be resolved");
    expect((await remark("README.md", 1)).message).toContain("Path could not be resolved");
    expect((await refusal(bot.pulls.createReview({ ...pull, event: "COMMENT" }))).status).toBe(422);
    const single = { ...pull, commit_id: head, path: "new.json", body: "why?", side: "RIGHT" } as const;
    expect((await bot.pulls.createReviewComment({ ...single, line: 1 })).data).toMatchObject({ line: 1 });
    expect((await refusal(bot.pulls.createReviewComment({ ...single, line: 7 }))).message).toContain(
      "Validation Failed",
    );
    const whole = await bot.pulls.createReviewComment({ ...single, subject_type: "file" });
    expect(whole.data).toMatchObject({ subject_type: "file" });
  });

  it("are asked of collaborators only, and are answered by a review", async () => {
    const { github, bot, pull } = await withPull();
    const ask = (reviewers: string[]) => bot.pulls.requestReviewers({ ...pull, reviewers });
    const { data } = await ask(["wim", "ada"]);
    expect(data.requested_reviewers?.map((user) => "login" in user && user.login)).toEqual(["wim", "ada"]);
    expect((await refusal(ask(["nobody"]))).message).toContain("only be requested from collaborators");
    expect((await refusal(ask(["github-actions[bot]"]))).message).toContain("pull request author");
    await as(github, "wim").pulls.createReview({ ...pull, event: "COMMENT", body: "looking" });
    await bot.pulls.removeRequestedReviewers({ ...pull, reviewers: ["ada"] });
    expect((await bot.pulls.listRequestedReviewers(pull)).data.users).toEqual([]);
  });
});
