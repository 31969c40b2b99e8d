// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the workflow language
import { existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { EmbeddedGitHub } from "../../../../src/embedded/github/server.ts";
import type { RunnerSettings, SelfHostedRunner } from "../../../../src/embedded/github/workflow/settings.ts";
import { as, client, fakeAction, jobsOf, refusal, start, target, tempDir, waitFor } from "../harness.ts";

const box: SelfHostedRunner = { name: "box", labels: ["self-hosted", "gpu"] };

async function withAction(source: string, settings: Partial<RunnerSettings> = {}) {
  const seen = await tempDir();
  const hostedEnv = { SEEN: seen };
  const runners = (settings.runners ?? [box]).map((runner) => ({
    ...runner,
    env: { SEEN: seen, ...runner.env },
  }));
  const distDir = await fakeAction(source);
  const github = await start({ scheduler: { distDir, hostedEnv, ...settings, runners } });
  const dispatch = async (inputs: Record<string, string>): Promise<void> => {
    const call = { ...target, workflow_id: "autoloop.yml", ref: "main", inputs };
    await as(github, "ada").actions.createWorkflowDispatch(call);
  };
  return { github, seen, dispatch };
}

function onlyJob(github: EmbeddedGitHub, key: string) {
  const jobs = [...github.state.runs.values()].flatMap((run) => run.jobs).filter((job) => job.key === key);
  const [job] = jobs;
  if (job === undefined || jobs.length > 1) throw new Error(`${jobs.length} jobs ${key}`);
  return job;
}

const dumpEnvironment = `fs.writeFileSync(path.join(env.SEEN, env.GITHUB_JOB + ".json"), JSON.stringify(env));`;

describe("a step's environment", () => {
  it("is GitHub's, with every declared input, and nothing of this machine's", async () => {
    process.env["LEAK_OF_THE_SERVER"] = "x";
    const { github, seen, dispatch } = await withAction(dumpEnvironment, {
      inputs: {
        command: "",
        token: "${{ github.token }}",
        "wandb-api-key": "",
        mode: "",
        settings: "a.yml",
      },
      secrets: { WANDB_API_KEY: "key-of-forty-characters" },
    });
    await dispatch({ mode: "report" });
    await github.idle();
    delete process.env["LEAK_OF_THE_SERVER"];
    const env = JSON.parse(await readFile(join(seen, "control.json"), "utf8"));
    const { sha } = (await as(github, "ada").git.getRef({ ...target, ref: "heads/main" })).data.object;
    expect(env).toMatchObject({
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_ACTOR: "ada",
      GITHUB_API_URL: github.apiUrl,
      GITHUB_GRAPHQL_URL: github.graphqlUrl,
      GITHUB_SERVER_URL: github.url,
      GITHUB_EVENT_NAME: "workflow_dispatch",
      GITHUB_JOB: "control",
      GITHUB_REF: "refs/heads/main",
      GITHUB_REF_NAME: "main",
      GITHUB_REPOSITORY: "lab/robots",
      GITHUB_REPOSITORY_OWNER: "lab",
      GITHUB_RUN_ATTEMPT: "1",
      GITHUB_RUN_NUMBER: "1",
      GITHUB_SHA: sha,
      GITHUB_WORKFLOW: "autoloop",
      GITHUB_WORKFLOW_REF: "lab/robots/.github/workflows/autoloop.yml@refs/heads/main",
      INPUT_COMMAND: "reconcile",
      INPUT_MODE: "report",
      INPUT_SETTINGS: "a.yml",
      "INPUT_WANDB-API-KEY": "key-of-forty-characters",
      RUNNER_ENVIRONMENT: "github-hosted",
    });
    expect(env.INPUT_TOKEN).toMatch(/^ghs_/);
    expect(env.ACTIONS_RUNTIME_TOKEN).toMatch(/^decoy-/);
    for (const name of ["LEAK_OF_THE_SERVER", "GITHUB_TOKEN", "VITEST", "NODE_OPTIONS"])
      expect(env).not.toHaveProperty(name);
    expect(env.HOME).not.toBe(process.env["HOME"]);
    // A hosted machine is gone with its job.
    expect(existsSync(env.GITHUB_WORKSPACE)).toBe(false);
  });

  it("gives each job a token with its own permissions that dies with the job", async () => {
    const { github, seen, dispatch } = await withAction(dumpEnvironment, {
      inputs: { token: "${{ github.token }}" },
    });
    await dispatch({ mode: "train", dispatch: "d1", trials: '["all"]' });
    await github.idle();
    const env = JSON.parse(await readFile(join(seen, "train.json"), "utf8"));
    expect((await refusal(client(github, env.INPUT_TOKEN).repos.get(target))).status).toBe(401);
  });

  it("lets the job do what its permissions allow", async () => {
    const source = `
      const call = (method, path, body) =>
        fetch(env.GITHUB_API_URL + "/repos/" + env.GITHUB_REPOSITORY + path, {
          method, headers: { authorization: "Bearer " + input("token") }, body: body && JSON.stringify(body),
        }).then((reply) => reply.status);
      (async () => {
        const read = await call("GET", "/git/ref/heads/main");
        const write = await call("POST", "/git/refs", { ref: "refs/heads/x-" + env.GITHUB_JOB, sha: env.GITHUB_SHA });
        fs.writeFileSync(path.join(env.SEEN, env.GITHUB_JOB), read + " " + write);
      })();
    `;
    const { github, seen, dispatch } = await withAction(source, { inputs: { token: "${{ github.token }}" } });
    await dispatch({ mode: "train", dispatch: "d1", trials: '["all"]' });
    await github.idle();
    expect(await readFile(join(seen, "train"), "utf8")).toBe("200 403");
    expect(await readFile(join(seen, "collect"), "utf8")).toBe("200 201");
  });
});

describe("what a step says", () => {
  it("is heard: outputs, summary, annotations; secrets are masked in the log", async () => {
    const source = `
      fs.appendFileSync(env.GITHUB_OUTPUT, "round=0007\\nresult<<E\\n{\\n}\\nE\\n");
      fs.appendFileSync(env.GITHUB_STEP_SUMMARY, "## Round 0007");
      console.log("::warning title=a::disk is\\n almost%0Afull");
      console.log("the key is " + input("wandb-api-key"));
      console.log("::add-mask::derived");
      console.error("derived value");
      console.log("::stop-commands::t0k");
      console.log("::error::from a child");
      console.log("::t0k::");
    `;
    const { github, dispatch } = await withAction(source, { secrets: { WANDB_API_KEY: "s3cr3t" } });
    await dispatch({ mode: "report" });
    await github.idle();
    const job = onlyJob(github, "control");
    expect(job.outputs).toEqual({ round: "0007", result: "{\n}" });
    expect(job.summary).toBe("## Round 0007");
    expect(job.annotations).toEqual([{ level: "warning", message: "disk is" }]);
    const log = await readFile(job.logFile ?? "", "utf8");
    expect(log).toContain("the key is ***");
    expect(log).toContain("*** value");
    expect(log).toContain("::error::from a child");
    expect(log).not.toContain("s3cr3t");
  });

  it("fails the job by its exit code or a malformed output, and loses a summary above 1 MiB", async () => {
    const source = `
      if (input("mode") === "report") process.exit(3);
      if (input("mode") === "propose") fs.appendFileSync(env.GITHUB_OUTPUT, "no equals sign\\n");
      if (input("mode") === "status") fs.writeFileSync(env.GITHUB_STEP_SUMMARY, "x".repeat(1024 * 1024 + 1));
    `;
    const { github, dispatch } = await withAction(source);
    for (const mode of ["report", "propose", "status"]) await dispatch({ mode });
    await github.idle();
    const jobs = [...github.state.runs.values()]
      .flatMap((run) => run.jobs)
      .filter((job) => job.key === "control");
    expect(jobs.map((job) => job.conclusion)).toEqual(["failure", "failure", "success"]);
    expect(jobs[0]?.steps[0]).toMatchObject({ exit: 3, conclusion: "failure" });
    expect(jobs[1]?.annotations[0]?.message).toContain("Invalid format 'no equals sign'");
    expect(jobs[2]?.summary).toBe("");
    expect(jobs[2]?.annotations[0]?.message).toContain("upload aborted");
  });
});

describe("training", () => {
  const source = `
    if (input("command") === "launch") {
      fs.mkdirSync("outcomes", { recursive: true });
      fs.writeFileSync("outcomes/" + input("trials") + "-1.json", JSON.stringify({ dispatch: input("dispatch") }));
    } else if (input("command") === "collect") {
      fs.writeFileSync(env.SEEN + "/collected", fs.readdirSync(input("outcomes")).join(" "));
    }
  `;

  it("hands outcomes from the box to the hosted collect job", async () => {
    const { github, seen, dispatch } = await withAction(source, {
      runners: [box, { ...box, name: "second" }],
    });
    await dispatch({ mode: "train", dispatch: "d1", trials: '["0001a-s42","0001b-s42"]' });
    await github.idle();
    expect(jobsOf(github)).toEqual([
      "workflow_dispatch train (0001a-s42): success",
      "workflow_dispatch train (0001b-s42): success",
      "workflow_dispatch collect: success",
    ]);
    expect(await readFile(join(seen, "collected"), "utf8")).toBe("0001a-s42-1.json 0001b-s42-1.json");
    const { data } = await as(github, "ada").actions.listJobsForWorkflowRun({
      ...target,
      run_id: [...github.state.runs.keys()][0] ?? 0,
    });
    expect(data.jobs.map((job) => [job.name, job.runner_name, job.conclusion])).toContainEqual([
      "train (0001a-s42)",
      "box",
      "success",
    ]);
  });

  it("fails a run whose list of trials cannot be read", async () => {
    const { github, dispatch } = await withAction(source);
    await dispatch({ mode: "train", dispatch: "d1", trials: "all" });
    await github.idle();
    expect(jobsOf(github)[0]).toBe("workflow_dispatch train: failure");
  });

  it("takes one job at a time per box, while commands and control go on", async () => {
    const gated = `
      fs.appendFileSync(env.SEEN + "/order", env.GITHUB_JOB + "+ ");
      const done = () => { fs.appendFileSync(env.SEEN + "/order", env.GITHUB_JOB + "- "); };
      if (env.GITHUB_JOB === "train") until(env.SEEN + "/go", done); else done();
    `;
    const { github, seen, dispatch } = await withAction(gated);
    await dispatch({ mode: "train", dispatch: "d1", trials: '["all"]' });
    await dispatch({ mode: "train", dispatch: "d2", trials: '["all"]' });
    await waitFor(() => existsSync(join(seen, "order")));
    await dispatch({ mode: "status" });
    await waitFor(() => jobsOf(github).includes("workflow_dispatch control: success"));
    expect(jobsOf(github)).toEqual([
      "workflow_dispatch train (all): in_progress",
      "workflow_dispatch train (all): queued",
      "workflow_dispatch control: success",
    ]);
    await writeFile(join(seen, "go"), "");
    await github.idle();
    const order = (await readFile(join(seen, "order"), "utf8"))
      .trim()
      .split(" ")
      .filter((word) => word.startsWith("train"));
    expect(order).toEqual(["train+", "train-", "train+", "train-"]);
  });
});

describe("jobs of one group", () => {
  it("with queue max all run, one after the other", async () => {
    const source = `
      const mine = env.SEEN + "/busy";
      const alone = !fs.existsSync(mine);
      fs.writeFileSync(mine, "");
      fs.appendFileSync(env.SEEN + "/log", input("mode") + (alone ? " " : "! "));
      setTimeout(() => fs.rmSync(mine), 20);
    `;
    const { github, seen, dispatch } = await withAction(source);
    for (const mode of ["report", "propose", "reconcile", "status"]) await dispatch({ mode });
    await github.idle();
    expect(await readFile(join(seen, "log"), "utf8")).toBe("report propose reconcile status ");
  });
});

describe("cancelling", () => {
  const gated = `
    fs.writeFileSync(env.SEEN + "/pid", String(process.pid));
    const { spawn } = require("node:child_process");
    if (env.GITHUB_JOB === "train") {
      const child = spawn(process.execPath, ["-e", "process.on('SIGINT',()=>require('fs').writeFileSync(process.env.SEEN+'/child-int',''));setInterval(()=>{},1000);require('fs').writeFileSync(process.env.SEEN+'/ready',String(process.pid))"], { detached: true, stdio: "ignore" });
      process.on("SIGINT", () => {
        fs.mkdirSync("outcomes", { recursive: true });
        fs.writeFileSync("outcomes/a.json", "{}");
        fs.appendFileSync(env.SEEN + "/signals", "INT ");
        if (input("dispatch") !== "stubborn") process.exit(130);
      });
      process.on("SIGTERM", () => { fs.appendFileSync(env.SEEN + "/signals", "TERM "); });
      setInterval(() => {}, 1000);
    } else fs.writeFileSync(env.SEEN + "/collected", String(fs.existsSync(input("outcomes") + "/a.json")));
  `;

  async function cancelled(dispatchId: string, grace?: { interrupt: number; terminate: number }) {
    const all = await withAction(gated, grace === undefined ? {} : { grace });
    await all.dispatch({ mode: "train", dispatch: dispatchId, trials: '["all"]' });
    await waitFor(() => existsSync(join(all.seen, "ready")));
    const run_id = [...all.github.state.runs.keys()][0] ?? 0;
    expect((await as(all.github, "ada").actions.cancelWorkflowRun({ ...target, run_id })).status).toBe(202);
    await all.github.idle();
    return { ...all, run_id };
  }

  it("interrupts node only, ends orphans, and lets what says always() go on", async () => {
    const { github, seen, run_id } = await cancelled("polite");
    expect(jobsOf(github)).toEqual([
      "workflow_dispatch train (all): cancelled",
      "workflow_dispatch collect: success",
    ]);
    expect(await readFile(join(seen, "signals"), "utf8")).toBe("INT ");
    expect(await readFile(join(seen, "collected"), "utf8")).toBe("true");
    expect(existsSync(join(seen, "child-int"))).toBe(false);
    const orphan = Number(await readFile(join(seen, "ready"), "utf8"));
    await waitFor(() => !isAlive(orphan));
    expect(onlyJob(github, "train").steps.map((step) => step.conclusion)).toEqual(["cancelled", "success"]);
    const again = as(github, "ada").actions.cancelWorkflowRun({ ...target, run_id });
    expect((await refusal(again)).status).toBe(409);
  });

  it("terminates and then kills what does not listen", async () => {
    const { github, seen } = await cancelled("stubborn", { interrupt: 50, terminate: 50 });
    expect(await readFile(join(seen, "signals"), "utf8")).toBe("INT TERM ");
    expect(onlyJob(github, "train")).toMatchObject({ conclusion: "cancelled", steps: [{ exit: null }, {}] });
  });

  it("ends a job that still waits for the box without starting it", async () => {
    const { github, dispatch } = await withAction("", { runners: [] });
    await dispatch({ mode: "train", dispatch: "d1", trials: '["all"]' });
    await waitFor(() => jobsOf(github).length > 0);
    const run_id = [...github.state.runs.keys()][0] ?? 0;
    await as(github, "ada").actions.cancelWorkflowRun({ ...target, run_id });
    await github.idle();
    expect(jobsOf(github)).toEqual([
      "workflow_dispatch train (all): cancelled",
      "workflow_dispatch collect: success",
    ]);
    expect(onlyJob(github, "train").startedAt).toBeNull();
  });
});

describe("a box that disappears", () => {
  it("fails its job, and takes the next one when it is back", async () => {
    const source = `if (env.GITHUB_JOB === "train") until(env.SEEN + "/go", () => {}); fs.writeFileSync(env.SEEN + "/" + env.GITHUB_JOB, "");`;
    const { github, seen, dispatch } = await withAction(source);
    await dispatch({ mode: "train", dispatch: "d1", trials: '["all"]' });
    await waitFor(() => existsSync(join(seen, "train")));
    github.loseRunner("box");
    await waitFor(() => existsSync(join(seen, "collect")));
    await github.idle();
    expect(jobsOf(github)).toEqual([
      "workflow_dispatch train (all): failure",
      "workflow_dispatch collect: success",
    ]);
    expect(onlyJob(github, "train").annotations[0]?.message).toContain("lost communication");
    await writeFile(join(seen, "go"), "");
    await dispatch({ mode: "train", dispatch: "d2", trials: '["all"]' });
    await waitFor(() => jobsOf(github).includes("workflow_dispatch train (all): queued"));
    github.returnRunner("box");
    await github.idle();
    expect(jobsOf(github).slice(2)).toEqual([
      "workflow_dispatch train (all): success",
      "workflow_dispatch collect: success",
    ]);
  });
});

/** A zombie that nobody has reaped yet is dead. */
function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && !/\) [ZX] /.test(readFileSync(path, "utf8"));
}
