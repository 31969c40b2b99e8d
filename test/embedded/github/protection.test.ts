import { describe, expect, it } from "vitest";
import type { Protection } from "../../../src/embedded/github/protection.ts";
import { as, client, clone, commitFiles, git, refusal, start, target, write } from "./harness.ts";

async function guarded(protection: Protection) {
  const github = await start({ protection });
  const token = github.issueWorkflowToken({ contents: "write", "pull-requests": "write" });
  const bot = client(github, token);
  await commitFiles(bot, { branch: "b", from: "main", files: { "b.txt": "b" } });
  await bot.pulls.create({ ...target, head: "b", base: "main", title: "b" });
  return { github, bot, token, pull: { ...target, pull_number: 1 } };
}

const direct = { branch: "main", files: { "x.txt": "x" } };

describe("a protected default branch", () => {
  it.each([
    ["ruleset", "Repository rule violations found\n\nChanges must be made through a pull request."],
    ["classic", "Changes must be made through a pull request."],
  ] as const)("(%s) refuses a direct commit, and takes a merge", async (kind, words) => {
    const { github, bot, pull } = await guarded({ kind });
    const refused = await refusal(commitFiles(bot, direct));
    expect(refused.status).toBe(422);
    expect(refused.message.startsWith(words)).toBe(true);
    await as(github, "ada").pulls.merge(pull);
    expect((await bot.repos.getBranch({ ...target, branch: "main" })).data.protected).toBe(true);
    const { data: rules } = await bot.repos.getBranchRules({ ...target, branch: "main" });
    expect(rules.map(({ type }) => type)).toEqual(kind === "ruleset" ? ["pull_request"] : []);
  });

  it("refuses a push of git with the words of git, and only for that branch", async () => {
    const { github, token } = await guarded({ kind: "ruleset" });
    const work = await clone(github, token);
    await write(work, "x.txt", "x");
    await git(work, "add", ".");
    await git(work, "commit", "--quiet", "-m", "x");
    await expect(git(work, "push", "--quiet", "origin", "HEAD:main")).rejects.toThrow(/GH013[\s\S]*rejected/);
    await git(work, "push", "--quiet", "origin", "HEAD:other");
  });

  it("lets those through who may bypass it, and can be put up and taken down", async () => {
    const { github, bot } = await guarded({ kind: "ruleset", bypass: ["github-actions[bot]"] });
    await commitFiles(bot, direct);
    github.settings.protection = { kind: "classic" };
    expect((await refusal(commitFiles(bot, { ...direct, files: { y: "y" } }))).status).toBe(422);
    github.settings.protection = null;
    await commitFiles(bot, { ...direct, files: { y: "y" } });
  });

  it("asks for approvals of people with write access, given to what is merged", async () => {
    const { github, bot, pull } = await guarded({ kind: "classic", approvals: 1, dismissStale: true });
    const merge = () => as(github, "ada").pulls.merge(pull);
    const approve = (login: string) => as(github, login).pulls.createReview({ ...pull, event: "APPROVE" });
    expect(await refusal(merge())).toMatchObject({
      status: 405,
      message: expect.stringContaining("At least 1 approving review is required"),
    });
    await approve("rhea");
    expect((await refusal(merge())).status).toBe(405);
    await approve("wim");
    await commitFiles(bot, { branch: "b", files: { "b.txt": "changed after the approval" } });
    expect((await refusal(merge())).status).toBe(405);
    await approve("wim");
    await merge();
  });
});

describe("a merge by auto-merge or an app", () => {
  it("bears the name of somebody who could not merge", async () => {
    const { github, bot, pull } = await guarded({ kind: "classic", approvals: 1 });
    expect((await refusal(as(github, "rhea").pulls.merge(pull))).status).toBe(403);
    const sha = await github.mergeAs("rhea", 1, { method: "squash" });
    expect((await bot.pulls.get(pull)).data).toMatchObject({
      merged: true,
      merged_by: { login: "rhea" },
      merge_commit_sha: sha,
    });
  });
});

describe("roles", () => {
  it("change from one request to the next, and are told with permission and role_name", async () => {
    const github = await start();
    const level = async () =>
      (await as(github, "ada").repos.getCollaboratorPermissionLevel({ ...target, username: "wim" })).data;
    expect(await level()).toMatchObject({ permission: "write", role_name: "write" });
    github.setRole("wim", "triage");
    expect(await level()).toMatchObject({ permission: "read", role_name: "triage" });
    expect((await refusal(commitFiles(as(github, "wim"), direct))).status).toBe(403);
  });
});
