import { describe, expect, it } from "vitest";
import { reconcileAll } from "../../src/commands/reconcile.ts";
import type { House } from "../../src/house.ts";
import { CONFIGS, lab, templates } from "./memory-lab.ts";

const BRANCH = "autoloop/round-0001";
const WORKFLOW = ".github/workflows/train.yml";
const REPORT = `${CONFIGS}/reports/act_ot.md`;
const [template = "", text = ""] = templates[0] ?? [];
const withReg = (reg: string) => text.replace(/"reg":[\d.]+/, `"reg":${reg}`);

async function proposed() {
  const here = lab();
  here.push("main", { [WORKFLOW]: "w0" });
  const wake = async (house: Partial<House> = {}) => (await reconcileAll({ ...here.house, ...house })).done;
  expect(await wake()).toEqual(["propose: opened"]);
  return { ...here, wake };
}

describe("a round's branch that holds more of the default branch than the ledger knows", () => {
  it("is laid on what a person brought into it, not on what it was built on", async () => {
    const { push, updateBranch, wake, text: at } = await proposed();
    push("main", { [template]: withReg("0.3") });
    updateBranch(BRANCH);
    expect(await wake()).toEqual(["refresh 0001"]);
    push("main", { [template]: withReg("0.4") });
    expect(await wake()).toEqual(["refresh 0001"]);
    expect(at(BRANCH, template)).toBe(withReg("0.4"));
  });

  it("accuses nobody of the workflows that came with the default branch", async () => {
    const { push, updateBranch, wake, text: at, comments } = await proposed();
    push("main", { [WORKFLOW]: "w1" });
    updateBranch(BRANCH);
    await wake();
    push("main", { [WORKFLOW]: "w2", [REPORT]: "A report.\n" });
    expect(await wake()).toEqual(["refresh 0001"]);
    expect(comments).toEqual([]);
    expect(at(BRANCH, WORKFLOW)).toBe("w2");
  });

  it("is laid on what a job that died had laid it on", async () => {
    const { push, wake, text: at, house } = await proposed();
    const { forge } = house;
    push("main", { [template]: withReg("0.3") });
    const update = () => Promise.reject(new Error("502"));
    await expect(wake({ forge: { ...forge, pulls: { ...forge.pulls, update } } })).rejects.toThrow("502");
    expect(at(BRANCH, template)).toBe(withReg("0.3"));
    push("main", { [template]: withReg("0.4") });
    expect(await wake()).toEqual(["refresh 0001"]);
    expect(at(BRANCH, template)).toBe(withReg("0.4"));
  });

  it("is known by the ledger otherwise: nobody asks", async () => {
    const { push, wake, house } = await proposed();
    const { forge } = house;
    const mergeBase = () => Promise.reject(new Error("asked"));
    push("main", { [template]: withReg("0.3") });
    const quiet = { forge: { ...forge, reader: { ...forge.reader, mergeBase } } };
    expect(await wake(quiet)).toEqual(["refresh 0001"]);
    push("main", { [template]: withReg("0.4") });
    expect(await wake(quiet)).toEqual(["refresh 0001"]);
    expect(await wake(quiet)).toEqual([]);
  });
});

describe("a round's branch with what cannot be written", () => {
  it.each([
    ["a path with a backslash", "notes\\mine.md", "100644"],
    ["a path with a control character", "notes\tmine.md", "100644"],
    ["an executable file", "run.sh", "100755"],
    ["a symbolic link", "data", "120000"],
    ["a submodule", "vendor/fork", "160000"],
  ])("is left to people: %s", async (_, path, mode) => {
    const { push, wake, house, comments, tree } = await proposed();
    push(BRANCH, { [path]: "mine" }, { mode });
    expect(await wake()).toEqual(["refresh 0001"]);
    expect(comments).toEqual([]);
    const head = await house.forge.reader.head(BRANCH);
    push("main", { [REPORT]: "A report.\n" });
    expect(await wake()).toEqual(["refresh 0001"]);
    expect(await wake()).toEqual([]);
    expect(await house.forge.reader.head(BRANCH)).toBe(head);
    expect(comments).toEqual([expect.stringContaining("this branch changes")]);
    expect(tree(BRANCH).get(path)?.mode).toBe(mode);
  });

  it("is left to people who changed nothing but a mode, and catches up where the default branch has it too", async () => {
    const { push, wake, comments, tree, text: at } = await proposed();
    push("main", { "run.sh": "run" });
    push(BRANCH, { "run.sh": "run" }, { mode: "100755" });
    push("main", { [REPORT]: "A report.\n" });
    await wake();
    expect(comments).toHaveLength(1);
    push("main", { "run.sh": "run" }, { mode: "100755" });
    await wake();
    expect(at(BRANCH, REPORT)).toBe("A report.\n");
    expect(tree(BRANCH).get("run.sh")?.mode).toBe("100755");
  });
});
