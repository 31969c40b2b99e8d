import { describe, expect, it } from "vitest";
import { insideDates } from "../../../src/embedded/github/rest/actions.ts";
import { as, client, commitFiles, refusal, start, target, waitFor } from "./harness.ts";

async function withPull() {
  const github = await start();
  const ada = as(github, "ada");
  await commitFiles(ada, { branch: "b", from: "main", files: { "b.txt": "b" } });
  await ada.pulls.create({ ...target, head: "b", base: "main", title: "b" });
  return { github, ada, issue: { ...target, issue_number: 1 } };
}

describe("comments", () => {
  it("are created, edited by their author or a writer, and listed since a time", async () => {
    let now = Date.parse("2026-11-22T10:00:00Z");
    const github = await start({ clock: () => new Date(now) });
    const ada = as(github, "ada");
    await commitFiles(ada, { branch: "b", from: "main", files: { "b.txt": "b" } });
    await ada.pulls.create({ ...target, head: "b", base: "main", title: "b" });
    const issue = { ...target, issue_number: 1 };
    const first = (await as(github, "rhea").issues.createComment({ ...issue, body: "one" })).data;
    expect(first).toMatchObject({
      body: "one",
      user: { login: "rhea", type: "User" },
      author_association: "COLLABORATOR",
    });
    now += 60_000;
    const bot = client(github, github.issueWorkflowToken({ issues: "write" }));
    const second = (await bot.issues.createComment({ ...issue, body: "two" })).data;
    const since = "2026-11-22T10:00:30Z";
    expect((await ada.issues.listComments({ ...issue, since })).data.map((one) => one.body)).toEqual(["two"]);
    now += 60_000;
    await bot.issues.updateComment({ ...target, comment_id: second.id, body: "three" });
    expect((await ada.issues.getComment({ ...target, comment_id: second.id })).data).toMatchObject({
      body: "three",
      updated_at: "2026-11-22T10:02:00Z",
      user: { login: "github-actions[bot]" },
    });
    expect(
      (
        await refusal(
          as(github, "rhea").issues.updateComment({ ...target, comment_id: second.id, body: "x" }),
        )
      ).status,
    ).toBe(403);
  });

  it("come in pages, every one of them", async () => {
    const { ada, issue } = await withPull();
    for (let n = 0; n < 7; n += 1) await ada.issues.createComment({ ...issue, body: `c${n}` });
    const page = await ada.issues.listComments({ ...issue, per_page: 3, page: 2 });
    expect(page.data.map((one) => one.body)).toEqual(["c3", "c4", "c5"]);
    expect(page.headers.link).toMatch(
      /page=1>; rel="prev".*page=1>; rel="first".*page=3>; rel="next".*page=3>; rel="last"/,
    );
    const all = await ada.paginate(ada.issues.listComments, { ...issue, per_page: 3 });
    expect(all.map((one) => one.body)).toEqual(["c0", "c1", "c2", "c3", "c4", "c5", "c6"]);
  });

  it("take each reaction once per person, and only those that exist", async () => {
    const { github, ada, issue } = await withPull();
    const { id } = (await ada.issues.createComment({ ...issue, body: "/stop" })).data;
    const react = (login: string, content: "eyes" | "rocket") =>
      as(github, login).reactions.createForIssueComment({ ...target, comment_id: id, content });
    expect((await react("ada", "eyes")).status).toBe(201);
    expect((await react("ada", "eyes")).status).toBe(200);
    expect((await react("wim", "eyes")).status).toBe(201);
    const wrong = ada.request("POST /repos/lab/robots/issues/comments/{id}/reactions", {
      id,
      content: "sad",
    });
    expect((await refusal(wrong)).status).toBe(422);
    const { data } = await ada.reactions.listForIssueComment({ ...target, comment_id: id });
    expect(data.map((one) => one.user?.login)).toEqual(["ada", "wim"]);
    expect((await ada.issues.getComment({ ...target, comment_id: id })).data.reactions).toMatchObject({
      eyes: 2,
      total_count: 2,
    });
  });
});

describe("labels", () => {
  it("come into being when they are added, and go one by one or all at once", async () => {
    const { github, ada, issue } = await withPull();
    await ada.issues.addLabels({ ...issue, labels: ["autoloop", "round:0001"] });
    await ada.issues.addLabels({ ...issue, labels: ["Autoloop", "seed"] });
    const names = async () => (await ada.issues.listLabelsOnIssue(issue)).data.map((label) => label.name);
    expect(await names()).toEqual(["autoloop", "round:0001", "seed"]);
    await ada.issues.removeLabel({ ...issue, name: "round:0001" });
    expect((await refusal(ada.issues.removeLabel({ ...issue, name: "round:0001" }))).message).toContain(
      "Label does not exist",
    );
    expect(
      (await ada.pulls.get({ ...target, pull_number: 1 })).data.labels.map((label) => label.name),
    ).toEqual(["autoloop", "seed"]);
    await ada.issues.removeAllLabels(issue);
    expect(await names()).toEqual([]);
    expect((await refusal(as(github, "rhea").issues.addLabels({ ...issue, labels: ["x"] }))).status).toBe(
      403,
    );
  });
});

describe("check runs", () => {
  it("are made and finished by a workflow, the latest of a name first", async () => {
    const { github, ada } = await withPull();
    const bot = client(github, github.issueWorkflowToken({ checks: "write", contents: "read" }));
    const head_sha = (await ada.git.getRef({ ...target, ref: "heads/b" })).data.object.sha;
    const first = (await bot.checks.create({ ...target, name: "round", head_sha, status: "in_progress" }))
      .data;
    const { data } = await bot.checks.update({
      ...target,
      check_run_id: first.id,
      conclusion: "success",
      output: { title: "2 of 2", summary: "done" },
    });
    expect(data).toMatchObject({
      status: "completed",
      conclusion: "success",
      output: { title: "2 of 2", summary: "done" },
    });
    const second = (await bot.checks.create({ ...target, name: "round", head_sha })).data;
    const latest = (await bot.checks.listForRef({ ...target, ref: "b" })).data;
    expect(latest.check_runs.map((check) => check.id)).toEqual([second.id]);
    expect((await bot.checks.listForRef({ ...target, ref: head_sha, filter: "all" })).data.total_count).toBe(
      2,
    );
  });
});

describe("dispatching", () => {
  const workflow = { ...target, workflow_id: "autoloop.yml", ref: "main" };

  it("returns the run's address when asked, else nothing", async () => {
    const github = await start();
    const bot = client(github, github.issueWorkflowToken({ actions: "write" }));
    expect((await bot.actions.createWorkflowDispatch(workflow)).status).toBe(204);
    const inputs = { mode: "train", dispatch: "d1", trials: '["all"]' };
    const reply = await bot.request("POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", {
      ...workflow,
      inputs,
      return_run_details: true,
    });
    expect(reply.status).toBe(200);
    const run_id: number = Reflect.get(Object(reply.data), "workflow_run_id");
    const run = (await bot.actions.getWorkflowRun({ ...target, run_id })).data;
    expect(run).toMatchObject({
      event: "workflow_dispatch",
      status: "queued",
      display_title: "autoloop train d1",
      path: ".github/workflows/autoloop.yml",
      head_branch: "main",
      run_number: 2,
      actor: { login: "github-actions[bot]" },
    });
  });

  it("refuses inputs that the workflow does not declare, and more than 25", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const refused = async (inputs: Record<string, string>) =>
      (await refusal(ada.actions.createWorkflowDispatch({ ...workflow, inputs }))).message;
    expect(await refused({ mode: "reconcile", sha: "x" })).toContain('Unexpected inputs provided: ["sha"]');
    expect(await refused({ mode: "dance" })).toContain("not in the list of allowed values");
    const many = Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`input${n}`, "x"]));
    expect(await refused(many)).toContain("Only 25 properties are allowed");
    expect((await refusal(ada.actions.createWorkflowDispatch({ ...workflow, ref: "no" }))).message).toContain(
      "No ref found",
    );
    expect(
      (await refusal(ada.actions.createWorkflowDispatch({ ...workflow, workflow_id: "x.yml" }))).status,
    ).toBe(404);
    expect((await refusal(as(github, "rhea").actions.createWorkflowDispatch(workflow))).status).toBe(403);
  });

  it("lists runs by event, status and date, newest first", async () => {
    let now = Date.parse("2026-11-22T10:00:00Z");
    const github = await start({ clock: () => new Date(now) });
    const ada = as(github, "ada");
    for (const dispatch of ["d1", "d2", "d3"]) {
      await ada.actions.createWorkflowDispatch({
        ...workflow,
        inputs: { mode: "train", dispatch, trials: "[]" },
      });
      now += 3_600_000;
    }
    const titles = async (query: object) => {
      const { data } = await ada.actions.listWorkflowRuns({
        ...target,
        workflow_id: "autoloop.yml",
        ...query,
      });
      return data.workflow_runs.map((run) => run.display_title.split(" ").at(-1));
    };
    expect(await titles({})).toEqual(["d3", "d2", "d1"]);
    expect(await titles({ created: ">=2026-11-22T11:00:00Z" })).toEqual(["d3", "d2"]);
    expect(await titles({ event: "push" })).toEqual([]);
    expect(await titles({ status: "queued", per_page: 1 })).toEqual(["d3"]);
    expect(await titles({ status: "completed" })).toEqual([]);
  });

  it.each([
    [">=2026-11-22", true],
    ["<2026-11-22T10:00:00Z", false],
    ["2026-11-22", true],
    ["2026-11-21", false],
    ["2026-11-21..2026-11-23", true],
    ["*..2026-11-21", false],
  ])("understands created=%s", (range, inside) => {
    expect(insideDates("2026-11-22T10:00:00Z", range)).toBe(inside);
  });
});

describe("what the server does not know", () => {
  it("is a 500 and remembered", async () => {
    const github = await start({ unknownRoutesExpected: true });
    const ada = as(github, "ada");
    expect((await refusal(ada.issues.listForRepo(target))).status).toBe(500);
    expect((await refusal(ada.request("POST /markdown", { text: "*" }))).status).toBe(500);
    expect(github.unknownRoutes).toEqual(["GET /api/v3/repos/lab/robots/issues", "POST /api/v3/markdown"]);
  });
});

describe("who a token is", () => {
  it("is told by GraphQL, also to a workflow", async () => {
    const github = await start();
    const ask = (token: string) =>
      client(github, token).request("POST /graphql", {
        baseUrl: `${github.url}/api`,
        query: "query { viewer { login } }",
      });
    const login = { data: { viewer: { login: "github-actions[bot]" } } };
    expect((await ask(github.issueWorkflowToken({}))).data).toEqual(login);
    expect((await refusal(ask("nobody's"))).status).toBe(401);
  });
});

describe("a ref that is where it was", () => {
  it("is not told again to whoever knows its tag", async () => {
    const github = await start();
    const api = as(github, "ada");
    const at = { ...target, ref: "heads/main" };
    const { headers } = await api.git.getRef(at);
    const etag = headers.etag ?? "";
    expect((await refusal(api.git.getRef({ ...at, headers: { "if-none-match": etag } }))).status).toBe(304);
    expect((await api.git.getRef({ ...at, headers: { "if-none-match": 'W/"old"' } })).status).toBe(200);
  });
});

describe("faults", () => {
  const path = /\/git\/refs$/;
  const ref = (sha: string, name: string) => ({ ...target, ref: `refs/heads/${name}`, sha });

  it("come before the effect or after it, as often as was said", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const { sha } = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object;
    github.faults.push({ method: "POST", path, status: 502, times: 2 });
    expect((await refusal(ada.git.createRef(ref(sha, "a")))).status).toBe(502);
    expect((await refusal(ada.git.createRef(ref(sha, "a")))).status).toBe(502);
    await ada.git.createRef(ref(sha, "a"));
    github.faults.push({ method: "POST", path, status: 500, when: "after" });
    expect((await refusal(ada.git.createRef(ref(sha, "b")))).status).toBe(500);
    expect((await refusal(ada.git.createRef(ref(sha, "b")))).message).toContain("Reference already exists");
    expect(github.faults.waiting).toEqual([]);
  });

  it("carry headers, cut connections and hold requests back", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const { sha } = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object;
    const limit = {
      status: 403,
      body: { message: "You have exceeded a secondary rate limit." },
      headers: { "retry-after": "7" },
    };
    github.faults.push({ path, ...limit });
    await expect(ada.git.createRef(ref(sha, "a"))).rejects.toMatchObject({
      response: { headers: { "retry-after": "7" } },
    });
    github.faults.push({ path, cut: true });
    await expect(ada.git.createRef(ref(sha, "a"))).rejects.toThrow();

    let open = (): void => undefined;
    github.faults.push({
      path,
      hold: new Promise<void>((resolve) => {
        open = resolve;
      }),
    });
    const held = refusal(ada.git.createRef(ref(sha, "a")));
    await waitFor(() => github.faults.waiting.length === 0);
    await ada.git.createRef(ref(sha, "a"));
    open();
    expect((await held).message).toContain("Reference already exists");
    expect(github.requests.map((one) => one.status)).toContain(0);
  });
});

describe("a snapshot", () => {
  it("brings back refs and everything beside git", async () => {
    const { github, ada, issue } = await withPull();
    const before = await github.snapshot();
    await ada.issues.createComment({ ...issue, body: "later" });
    await ada.pulls.merge({ ...target, pull_number: 1 });
    await github.restore(before);
    expect((await ada.pulls.get({ ...target, pull_number: 1 })).data).toMatchObject({
      state: "open",
      comments: 0,
    });
    expect((await ada.repos.listCommits({ ...target, sha: "main" })).data).toHaveLength(1);
    await ada.pulls.merge({ ...target, pull_number: 1 });
  });
});
