import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { autoloopWorkflow } from "../../../../src/embedded/github/workflow/job-table.ts";

/** The file that users copy. The embedded runner runs the table; this test makes both the same thing. */
const example = (name: string) =>
  readFileSync(resolve(import.meta.dirname, "../../../../examples/workflows", name), "utf8");
const file = parse(example("autoloop.yml"));

const GUARD = "github.repository == 'OWNER/REPO' && ";
const words = (text: string) => text.replace(/\s+/g, " ").trim();
const withoutGuard = (text: string) => words(text).replace(GUARD, "");
const actionOf = (uses: string) => (uses.startsWith("autoloop/") ? "action" : (uses.split("@")[0] ?? uses));
const texts = (map: Record<string, unknown> = {}) =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, String(value)]));

describe("examples/workflows/autoloop.yml", () => {
  it("is called, named and triggered as the table says", () => {
    expect({ name: file.name, runName: file["run-name"], permissions: file.permissions }).toEqual({
      name: autoloopWorkflow.name,
      runName: autoloopWorkflow.runName,
      permissions: autoloopWorkflow.permissions,
    });
    const { inputs } = file.on.workflow_dispatch;
    for (const input of Object.values<Record<string, unknown>>(inputs)) delete input["description"];
    expect(file.on).toEqual(autoloopWorkflow.on);
  });

  it("has the jobs of the table and no other", () => {
    expect(Object.keys(file.jobs)).toEqual(Object.keys(autoloopWorkflow.jobs));
  });

  it.each(Object.entries(autoloopWorkflow.jobs))(
    "%s: condition, machine, permissions, turn and steps",
    (name, job) => {
      const written = file.jobs[name];
      expect(withoutGuard(written.if)).toBe(words(job.if ?? ""));
      expect([written["runs-on"]].flat()).toEqual([job.runsOn].flat());
      expect(written.permissions).toEqual(job.permissions);
      expect([written.needs ?? []].flat()).toEqual(job.needs ?? []);
      expect(written.strategy?.matrix).toEqual(job.matrix);
      const turn = written.concurrency;
      expect(
        turn && { group: turn.group, cancelInProgress: turn["cancel-in-progress"], queue: turn.queue },
      ).toEqual(job.concurrency);
      expect(
        written.steps.map((step: { uses: string; if?: string; with: Record<string, unknown> }) => ({
          uses: actionOf(step.uses),
          ...(step.if ? { if: step.if } : {}),
          with: texts(step.with),
        })),
      ).toEqual(
        job.steps.map((step) => ({
          uses: step.uses,
          ...(step.if ? { if: step.if } : {}),
          with: texts(step.with),
        })),
      );
    },
  );

  it("guards every job with the repository, pins every action, and never runs fork code", () => {
    for (const job of Object.values<{ if: string; steps: { uses: string }[] }>(file.jobs)) {
      expect(words(job.if)).toContain(GUARD.trim());
      for (const { uses } of job.steps) expect(uses).toMatch(/@[0-9a-f]{40}$/);
    }
    expect(Object.keys(file.on)).not.toEqual(expect.arrayContaining(["pull_request_target"]));
    expect(Object.keys(file.on)).not.toContain("pull_request");
  });
});

describe("examples/workflows/autoloop-runners.yml", () => {
  it("is autoloop.yml, word for word, below another opening", () => {
    const body = (name: string) => example(name).split(/^(?=name: )/m)[1];
    expect(body("autoloop-runners.yml")).toBe(body("autoloop.yml"));
    expect(example("autoloop-runners.yml")).toContain("fanout: jobs");
  });
});
