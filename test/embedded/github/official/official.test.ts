import { describe, expect, it } from "vitest";
import * as z from "zod";
import { routes } from "../../../../src/embedded/github/routes.ts";
import { as, clone, commitFiles, fakeAction, git, start, target, write } from "../harness.ts";
import { misfits, payloadMisfits, rest, webhooks } from "./check.ts";

describe("the official description", () => {
  it("knows every route of the embedded GitHub", () => {
    const unknown = routes
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => !(route in rest.operations));
    // The root folder has no entry of its own: `contents/{path}` with an empty path.
    expect(unknown).toEqual(["GET contents"]);
    expect([rest.source, webhooks.source]).toEqual([
      "@octokit/openapi 23.0.2",
      "@octokit/webhooks-schemas 7.6.1",
    ]);
  });

  it("finds what is missing, of another type, or answered with a status that does not exist", () => {
    const answer = { method: "GET", route: "git/ref/*ref", status: 200, request: undefined };
    const object = { sha: "0".repeat(40), type: "commit", url: "u" };
    const ref = { ref: "refs/heads/main", node_id: "n", url: "u", object };
    expect(misfits({ ...answer, body: ref })).toEqual([]);
    expect(misfits({ ...answer, body: { ...ref, object: { ...object, sha: "short" } } })).toHaveLength(1);
    expect(misfits({ ...answer, body: { ref: "refs/heads/main", node_id: 7, object } })).toEqual([
      expect.stringContaining("GET git/ref/*ref 200: node_id"),
      expect.stringContaining("GET git/ref/*ref 200: url"),
    ]);
    expect(misfits({ ...answer, status: 201, body: ref })).toEqual([expect.stringContaining("201")]);
    expect(misfits({ ...answer, route: "no/such", body: {} })).toEqual([expect.stringContaining("no/such")]);
  });
});

/** Actions gives workflows a push without the lists of files; the description is of what servers are sent. */
function withFileLists(payload: object = {}): object {
  const lists = { added: [], removed: [], modified: [] };
  const Push = z.looseObject({ commits: z.array(z.looseObject({})), head_commit: z.looseObject({}) });
  const { commits, head_commit, ...rest } = Push.parse(payload);
  return {
    ...rest,
    commits: commits.map((commit) => ({ ...commit, ...lists })),
    head_commit: { ...head_commit, ...lists },
  };
}

describe("webhook payloads", () => {
  async function payloads() {
    const github = await start({ scheduler: { distDir: await fakeAction("") } });
    const ada = as(github, "ada");
    const path = "reports/data/rounds/0001.json";
    const work = await clone(github, github.tokenFor("wim"));
    await write(work, path, "{}");
    await git(work, "add", ".");
    await git(work, "commit", "--quiet", "-m", "direct");
    await git(work, "push", "--quiet");
    await commitFiles(ada, { branch: "b", from: "main", files: { "b.txt": "b" } });
    await ada.pulls.create({ ...target, head: "b", base: "main", title: "b" });
    await ada.issues.createComment({ ...target, issue_number: 1, body: "/status" });
    await ada.actions.createWorkflowDispatch({ ...target, workflow_id: "autoloop.yml", ref: "main" });
    await github.idle();
    return new Map([...github.state.runs.values()].map((run) => [run.event, run.payload]));
  }

  it("are those of GitHub's own schemas", async () => {
    const seen = await payloads();
    expect([...seen.keys()].toSorted()).toEqual(["issue_comment", "push", "workflow_dispatch"]);
    expect(payloadMisfits("push$event", withFileLists(seen.get("push")))).toEqual([]);
    expect(payloadMisfits("issue_comment$created", seen.get("issue_comment"))).toEqual([]);
    expect(payloadMisfits("workflow_dispatch$event", seen.get("workflow_dispatch"))).toEqual([]);
  });

  it("are refused when something is missing", () => {
    expect(payloadMisfits("push$event", { ref: "refs/heads/main" }).length).toBeGreaterThan(3);
  });
});
