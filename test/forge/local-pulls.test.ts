import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localRepository } from "./local-repository.ts";

const BRANCH = "autoloop/round-0001";

/** A repository in which round 0001 was proposed. */
async function proposed() {
  const repository = await localRepository();
  const forge = await repository.open();
  const made = await forge.writer.commit({
    branch: BRANCH,
    parent: repository.first,
    create: true,
    files: new Map([["configs/b.json", "{}\n"]]),
    message: "autoloop: propose 0001",
  });
  const pull = await forge.pulls.open({ branch: BRANCH, base: "main", title: "Round 1", body: "Why." });
  return { ...repository, forge, pull, proposal: made.kind === "moved" ? made.commit : "" };
}

describe("a round's pull request in a plain repository", () => {
  it("is open as long as its branch is there and not merged", async () => {
    const { forge, pull, proposal } = await proposed();
    expect(pull).toMatchObject({
      number: 1,
      state: "open",
      merged: false,
      title: "Round 1",
      body: "Why.",
      base: "main",
      head: { branch: BRANCH, sha: proposal, sameRepository: true },
      mergeCommit: null,
      mergedBy: null,
    });
    await forge.pulls.update(1, { body: "Because." });
    expect(await forge.pulls.fromBranch(BRANCH)).toMatchObject([
      { number: 1, title: "Round 1", body: "Because." },
    ]);
    expect(await forge.pulls.fromBranch("autoloop/round-0002")).toEqual([]);
  });

  it("is merged by the budget with a merge commit that says so", async () => {
    const { forge, git, proposal } = await proposed();
    await forge.merge(1, "autoloop: merge round-0001\n\nRound 1 of 2.");
    const pull = await forge.pulls.get(1);
    expect(pull).toMatchObject({ state: "closed", merged: true, mergedBy: "budget" });
    expect(pull.mergeCommit).toBe(await git("rev-parse", "main"));
    expect((await git("log", "-1", "--format=%P", "main")).split(" ")[1]).toBe(proposal);
    expect(await forge.people.permission("budget")).toBe("write");
    await forge.merge(1, "once more");
    expect((await forge.pulls.get(1)).mergeCommit).toBe(pull.mergeCommit);
  });

  it.each([
    ["--no-ff", "Ana"],
    ["--ff-only", "Ana"],
  ])(
    "is merged by the person who merged it by hand (%s), also when more was committed afterwards",
    async (how, by) => {
      const { forge, git, commit } = await proposed();
      await git("merge", "--quiet", how, "--no-edit", BRANCH);
      const merge = await git("rev-parse", "main");
      await commit("Afterwards", { "later.md": "x" });
      await git("branch", "--quiet", "-d", BRANCH);
      expect(await forge.pulls.get(1)).toMatchObject({ merged: true, mergedBy: by, mergeCommit: merge });
      expect(await forge.reader.isMerged(merge)).toBe(true);
    },
  );

  it("finds the merge in a history that went on beside it", async () => {
    const { forge, git, commit } = await proposed();
    await commit("Before", { "before.md": "x" });
    await git("merge", "--quiet", "--no-edit", BRANCH);
    const merge = await git("rev-parse", "main");
    await git("checkout", "--quiet", "-b", "side");
    await commit("Beside", { "side.md": "x" });
    await git("checkout", "--quiet", "main");
    await git("merge", "--quiet", "--no-ff", "--no-edit", "side");
    expect((await forge.pulls.get(1)).mergeCommit).toBe(merge);
  });

  it("includes what a reviewer committed on the branch before the merge", async () => {
    const { forge, git, commit } = await proposed();
    await git("checkout", "--quiet", BRANCH);
    await commit("Less", { "configs/b.json": '{"steps": 1}\n' });
    await git("checkout", "--quiet", "main");
    await forge.merge(1, "m");
    const { mergeCommit } = await forge.pulls.get(1);
    expect(await git("show", `${mergeCommit}:configs/b.json`)).toBe('{"steps": 1}');
  });

  it("is closed without merge when its branch was deleted, and open when it was only squashed in", async () => {
    const { forge, git } = await proposed();
    await git("merge", "--quiet", "--squash", BRANCH);
    await git("commit", "--quiet", "--message", "Squashed\n\nApproved-by: budget");
    expect(await forge.pulls.get(1)).toMatchObject({ state: "open", merged: false });
    await git("branch", "--quiet", "-D", BRANCH);
    expect(await forge.pulls.get(1)).toMatchObject({ state: "closed", merged: false, mergedBy: null });
  });

  it("does not take a plain commit for the budget's approval, whatever its message says", async () => {
    const { forge, git } = await proposed();
    await git("checkout", "--quiet", BRANCH);
    await git("commit", "--quiet", "--amend", "--message", "Mine\n\nApproved-by: budget");
    await git("checkout", "--quiet", "main");
    await git("merge", "--quiet", "--ff-only", BRANCH);
    expect(await forge.pulls.get(1)).toMatchObject({ merged: true, mergedBy: "Ana" });
  });

  it("is known by its branch alone when its file is lost", async () => {
    const { forge, root } = await proposed();
    await rm(join(root, ".git/autoloop/pulls"), { recursive: true });
    expect(await forge.pulls.fromBranch(BRANCH)).toMatchObject([{ number: 1, state: "open", title: BRANCH }]);
    await forge.merge(1, "m");
    expect(await forge.pulls.get(1)).toMatchObject({ merged: true, mergedBy: "budget" });
    expect(await forge.pulls.get(2)).toMatchObject({ state: "closed", merged: false });
  });

  it("says which file both changed when it cannot be merged, and moves nothing", async () => {
    const { forge, git, commit } = await proposed();
    const main = await commit("Other", { "configs/b.json": "[]\n" });
    await expect(forge.merge(1, "m")).rejects.toThrow(
      /does not merge into main: both changed configs\/b\.json/,
    );
    expect(await git("rev-parse", "main")).toBe(main);
  });

  it("is refused on other branches than a round's", async () => {
    const { forge } = await proposed();
    const pull = { base: "main", title: "", body: "" };
    await expect(forge.pulls.open({ ...pull, branch: "feature" })).rejects.toThrow("no round");
    await expect(forge.pulls.open({ ...pull, branch: "autoloop/round-0009" })).rejects.toThrow("no round");
  });

  it("shows replies and keeps them", async () => {
    const { forge, said, root } = await proposed();
    await forge.conversation.reply(1, "First line\n\nSecond line");
    expect(said).toEqual(["First line", "Second line"]);
    expect(JSON.parse(await readFile(join(root, ".git/autoloop/pulls/1.json"), "utf8")).replies).toEqual([
      "First line\n\nSecond line",
    ]);
  });
});
