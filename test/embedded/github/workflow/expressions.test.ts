// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the workflow language
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../src/embedded/github/json.ts";
import {
  condition,
  evaluate,
  interpolate,
  interpolateText,
} from "../../../../src/embedded/github/workflow/expressions.ts";
import { autoloopWorkflow } from "../../../../src/embedded/github/workflow/job-table.ts";

function scope(contexts: JsonObject, status = { failed: false, cancelled: false }) {
  return { contexts, status };
}

describe("expressions", () => {
  it.each([
    ["'it''s'", "it's"],
    ["inputs.mode == 'TRAIN'", true],
    ["inputs.none", null],
    ["inputs.none != 'train'", true],
    ["inputs.none == ''", true],
    ["inputs.empty || github.event_name", "push"],
    ["inputs.mode && 'yes'", "yes"],
    ["!inputs.empty && (1 == 1 || false)", true],
    ["startsWith(github.event.comment.body, '/')", true],
    ["contains(fromJSON('[\"a\",\"b\"]'), 'B')", true],
    ["strategy.job-index", 3],
    ["format('{0}-{1}', 'a', 2)", "a-2"],
  ])("%s", (text, value) => {
    const contexts = {
      inputs: { mode: "train", empty: "" },
      github: { event_name: "push", event: { comment: { body: "/stop" } } },
      strategy: { "job-index": 3 },
    };
    expect(evaluate(text, scope(contexts))).toEqual(value);
  });

  it("keep the type of a whole value and become text inside one", () => {
    const contexts = scope({ inputs: { trials: '["a","b"]' } });
    expect(interpolate("${{ fromJSON(inputs.trials) }}", contexts)).toEqual(["a", "b"]);
    expect(interpolateText("x ${{ inputs.trials }} ${{ inputs.none }}y", contexts)).toBe('x ["a","b"] y');
  });

  it("refuse what they do not understand instead of guessing", () => {
    expect(() => evaluate("hashFiles('x')", scope({}))).toThrow(/no expression function/);
    expect(() => evaluate("a b", scope({}))).toThrow(/Unexpected/);
    expect(() => evaluate("a ~ b", scope({}))).toThrow(/Cannot read/);
  });

  it("in an if mean 'and everything before succeeded' unless they ask for the status", () => {
    const failed = { failed: true, cancelled: false };
    expect(condition("1 == 1", scope({}, failed))).toBe(false);
    expect(condition(undefined, scope({}, failed))).toBe(false);
    expect(condition("always() && 1 == 1", scope({}, failed))).toBe(true);
    expect(condition("failure()", scope({}, failed))).toBe(true);
    expect(condition("always()", scope({}, { failed: false, cancelled: true }))).toBe(true);
  });
});

describe("the job table", () => {
  const comment = (body: string, pull_request: JsonObject | null = {}) => ({
    github: { event_name: "issue_comment", event: { issue: { pull_request }, comment: { body } } },
    inputs: {},
  });
  const dispatch = (mode: string) => ({
    github: { event_name: "workflow_dispatch", event: {} },
    inputs: { mode },
  });
  const plain = (event_name: string) => ({ github: { event_name, event: {} }, inputs: {} });
  const jobsFor = (contexts: JsonObject) =>
    Object.entries(autoloopWorkflow.jobs)
      .filter(([, job]) => condition(job.if, scope(contexts)))
      .map(([name]) => name);

  it.each([
    ["a command on a pull request", comment("/stop 0001"), ["command"]],
    ["a remark", comment("looks good"), []],
    ["a command on an issue", comment("/stop", null), []],
    ["the schedule", plain("schedule"), ["control"]],
    ["a push", plain("push"), ["control"]],
    ["a dispatch of a report", dispatch("report"), ["control"]],
    ["a dispatch of a training", dispatch("train"), ["train", "collect"]],
  ])("for %s", (_, contexts, jobs) => {
    expect(jobsFor(contexts)).toEqual(jobs);
  });

  it("gives the training job nothing but read access to content", () => {
    expect(autoloopWorkflow.permissions).toEqual({});
    expect(autoloopWorkflow.jobs["train"]?.permissions).toEqual({ contents: "read" });
  });
});
