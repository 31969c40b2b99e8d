import { describe, expect, it } from "vitest";
import { barrier } from "../../../src/embedded/github/faults.ts";
import { primaryLimit, secondaryLimit } from "../../../src/embedded/github/limits.ts";
import { as, client, commitFiles, refusal, start, target } from "./harness.ts";

describe("faults", () => {
  it("hit the nth request of a route", async () => {
    const github = await start();
    const ada = as(github, "ada");
    github.faults.push({ method: "POST", path: /\/git\/blobs$/, skip: 2, status: 502 });
    const blob = () =>
      ada.git.createBlob({ ...target, content: "x" }).then(
        () => "made",
        () => "failed",
      );
    const made: string[] = [];
    for (let n = 0; n < 4; n += 1) made.push(await blob());
    expect(made).toEqual(["made", "made", "failed", "made"]);
  });

  it("cut the connection after the deed", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const { sha } = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object;
    github.faults.push({ method: "POST", path: /\/git\/refs$/, when: "after", cut: true });
    await expect(ada.git.createRef({ ...target, ref: "refs/heads/a", sha })).rejects.toThrow();
    expect((await ada.git.getRef({ ...target, ref: "heads/a" })).data.object.sha).toBe(sha);
  });

  it("let nobody pass before all have come, so that two really race", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const { sha } = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object;
    github.faults.push({ method: "POST", path: /\/git\/refs$/, times: 2, hold: barrier(2) });
    const create = () =>
      ada.git.createRef({ ...target, ref: "refs/heads/a", sha }).then(
        () => "created",
        () => "exists",
      );
    expect((await Promise.all([create(), create()])).toSorted()).toEqual(["created", "exists"]);
  });

  it("word rate limits as GitHub does", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const path = /\/issues\/\d+\/comments$/;
    const comment = () => refusal(ada.issues.createComment({ ...target, issue_number: 1, body: "x" }));
    github.faults.push({ path, ...secondaryLimit(30) });
    github.faults.push({ path, ...primaryLimit({ limit: 1000, resetsAt: new Date() }) });
    expect((await comment()).message).toContain("secondary rate limit");
    expect((await comment()).message).toContain("API rate limit exceeded");
  });
});

describe("the limit of content", () => {
  it("is 80 a minute for each account, with the time to wait", async () => {
    let now = Date.parse("2026-11-22T10:00:00Z");
    const github = await start({ limitsContent: true, clock: () => new Date(now) });
    const ada = as(github, "ada");
    await commitFiles(ada, { branch: "b", from: "main", files: { b: "b" } });
    await ada.pulls.create({ ...target, head: "b", base: "main", title: "b" });
    const comment = (login: string) =>
      as(github, login).issues.createComment({ ...target, issue_number: 1, body: "x" });
    for (let n = 0; n < 79; n += 1) await comment("ada");
    await expect(comment("ada")).rejects.toMatchObject({
      status: 403,
      response: { headers: { "retry-after": "60" } },
    });
    await comment("wim");
    now += 60_000;
    await comment("ada");
  });
});

describe("labels", () => {
  it("have a colour, a sentence and at most 50 characters", async () => {
    const github = await start();
    const bot = client(github, github.issueWorkflowToken({ issues: "write" }));
    await bot.issues.createLabel({ ...target, name: "autoloop", color: "0e8a16", description: "a round" });
    expect((await refusal(bot.issues.createLabel({ ...target, name: "Autoloop" }))).status).toBe(422);
    await bot.issues.updateLabel({ ...target, name: "autoloop", color: "000000" });
    expect((await bot.issues.getLabel({ ...target, name: "AUTOLOOP" })).data).toMatchObject({
      color: "000000",
      description: "a round",
    });
    expect((await refusal(bot.issues.createLabel({ ...target, name: "x".repeat(51) }))).status).toBe(422);
  });
});

describe("annotations", () => {
  it("add up over requests of at most 50 each", async () => {
    const github = await start();
    const bot = client(github, github.issueWorkflowToken({ checks: "write", contents: "read" }));
    const head_sha = (await bot.git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    const many = (count: number) =>
      Array.from({ length: count }, (_, n) => ({
        path: "README.md",
        start_line: n + 1,
        end_line: n + 1,
        annotation_level: "notice" as const,
        message: `trial ${n}`,
      }));
    const output = (count: number) => ({ title: "t", summary: "s", annotations: many(count) });
    const { data } = await bot.checks.create({ ...target, name: "round", head_sha, output: output(50) });
    const check = { ...target, check_run_id: data.id };
    await bot.checks.update({ ...check, output: output(10) });
    expect((await refusal(bot.checks.update({ ...check, output: output(51) }))).status).toBe(422);
    expect((await bot.checks.get(check)).data.output.annotations_count).toBe(60);
    const all = await bot.paginate(bot.checks.listAnnotations, { ...check, per_page: 50 });
    expect(all).toHaveLength(60);
  });
});

describe("comments", () => {
  it("and reactions are taken back by who made them", async () => {
    const github = await start();
    const ada = as(github, "ada");
    await commitFiles(ada, { branch: "b", from: "main", files: { b: "b" } });
    await ada.pulls.create({ ...target, head: "b", base: "main", title: "b" });
    const rhea = as(github, "rhea");
    const { id } = (await rhea.issues.createComment({ ...target, issue_number: 1, body: "/stop" })).data;
    const comment = { ...target, comment_id: id };
    const reaction = (await ada.reactions.createForIssueComment({ ...comment, content: "eyes" })).data;
    const gone = { ...comment, reaction_id: reaction.id };
    expect((await refusal(rhea.reactions.deleteForIssueComment(gone))).status).toBe(403);
    await ada.reactions.deleteForIssueComment(gone);
    await rhea.issues.deleteComment(comment);
    expect((await refusal(ada.issues.getComment(comment))).status).toBe(404);
  });
});
