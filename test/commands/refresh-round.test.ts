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
