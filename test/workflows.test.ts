import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";

const ROOT = resolve(import.meta.dirname, "..");
const textsIn = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".yml"))
    .map((name) => [`${folder}/${name}`, readFileSync(join(ROOT, folder, name), "utf8")] as const);

const Job = z.looseObject({
  if: z.string().optional(),
  "runs-on": z.union([z.string(), z.array(z.string())]),
  permissions: z.record(z.string(), z.string()).optional(),
  concurrency: z.looseObject({ group: z.string() }).optional(),
  steps: z.array(z.looseObject({ uses: z.string().optional(), run: z.string().optional() })),
});
const Workflow = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: z.unknown(),
  jobs: z.record(z.string(), Job),
});
const read = (text: string) => Workflow.parse(parse(text));

const EXAMPLES = textsIn("examples/workflows");

describe.each([...EXAMPLES, ...textsIn(".github/workflows")])("%s", (_, text) => {
  const { permissions, jobs } = read(text);

  it("gives no job a permission that it does not name", () => {
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs)) expect(job.permissions).toBeDefined();
  });

  it("pins every action by commit, with its version beside it", () => {
    const uses = text.match(/^.*\buses:.*$/gm) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("puts nothing of an event into a script, and prints no context", () => {
    for (const { run } of Object.values(jobs).flatMap(({ steps }) => steps))
      expect(run ?? "").not.toContain("${{");
    expect(text).not.toMatch(/toJSON\((?:github|secrets|env|inputs)/i);
  });
});

describe.each(EXAMPLES)("%s", (_, text) => {
  const { on, jobs } = read(text);
  const { train, ...others } = jobs;

  it("listens to no event that brings code of a pull request", () => {
    expect(Object.keys(on).toSorted()).toEqual(["issue_comment", "push", "schedule", "workflow_dispatch"]);
    expect(on["issue_comment"]).toEqual({ types: ["created"] });
    expect(text).not.toContain("actions/checkout");
  });

  it("decides before a runner is taken: this repository, this event, no bot", () => {
    for (const job of Object.values(jobs)) expect(job.if).toContain("github.repository == 'OWNER/REPO'");
    expect(jobs["command"]?.if).toContain("github.event_name == 'issue_comment'");
    expect(jobs["command"]?.if).toContain("github.event.sender.type != 'Bot'");
    expect(jobs["command"]?.if).not.toContain("contains(");
    expect(train?.if).toContain("github.event_name == 'workflow_dispatch' && inputs.mode == 'train'");
    expect(jobs["control"]?.if).toContain("inputs.mode != 'train'");
  });

  it("lets only training use the box, and training only read", () => {
    expect(train?.permissions).toEqual({ contents: "read" });
    expect(train?.["runs-on"]).toContain("self-hosted");
    for (const job of Object.values(others)) expect(job["runs-on"]).toBe("ubuntu-latest");
  });

  it("lets no comment wait behind a training", () => {
    expect(jobs["command"]?.concurrency).toBeUndefined();
    expect(train?.concurrency).toBeUndefined();
  });
});

describe("what the project itself installs", () => {
  it("runs nothing while it is installed, and is updated after a cooldown", () => {
    const npmrc = readFileSync(join(ROOT, ".npmrc"), "utf8");
    expect(npmrc).toMatch(/^ignore-scripts=true$/m);
    const { updates } = parse(readFileSync(join(ROOT, ".github/dependabot.yml"), "utf8"));
    expect(updates.map((update: { cooldown: unknown }) => update.cooldown)).toEqual([
      { "default-days": 10 },
      { "default-days": 10 },
    ]);
    expect(readFileSync(join(ROOT, ".ci/run"), "utf8")).toMatch(/^npm ci --ignore-scripts$/m);
  });
});
