import { execFileSync, spawn } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Stage, setStage, WANDB_KEY } from "../../src/embedded/demo/stage.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** A lab whose workflow is run by nektos/act on this machine, without containers, against the embedded GitHub. */
export async function actLab({ dir, act, node }: { dir: string; act: string; node: string }) {
  const stage = await setStage({
    dir,
    distDir: join(ROOT, "dist"),
    node,
    engine: "elsewhere",
    templates: 2,
    trainer: { steps: 200, eval_freq: 100, log_freq: 20 },
  });
  const work = join(dir, "checkout");
  // The engine wants to stand in a repository; what it needs to know of it comes by variables.
  execFileSync("git", ["clone", "--quiet", stage.github.gitDir, work]);
  const uses = await writeWorkflow(work);
  const action = join(dir, "action");
  await mkdir(action);
  await cp(join(ROOT, "dist"), join(action, "dist"), { recursive: true });
  await cp(join(ROOT, "action.yml"), join(action, "action.yml"));
  let runs = 0;
  return {
    stage,
    /** Runs the workflow for one event; resolves to what the engine printed. */
    deliver: async (
      event: string,
      payload: object,
      repository = "lab/policies",
    ): Promise<{ exit: number | null; log: string }> => {
      runs += 1;
      const file = join(dir, `event-${runs}.json`);
      await writeFile(file, JSON.stringify(payload));
      const args = [event, "-e", file, ...engineArguments({ stage, dir, action, uses, runs, repository })];
      return run(act, args, {
        cwd: work,
        env: { PATH: pathWith(node), HOME: dir, XDG_CACHE_HOME: join(dir, "cache") },
      });
    },
  };
}

/** The file that users copy, and the references of the actions that it names. */
async function writeWorkflow(work: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(ROOT, "examples/workflows/autoloop.yml"), "utf8");
  // `queue` is newer than the engine, which knows no concurrency at all.
  const workflow = text.replaceAll("OWNER/REPO", "lab/policies").replace(/^ +queue: max\n/gm, "");
  const folder = join(work, ".github/workflows");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "autoloop.yml"), workflow);
  return new Set([...text.matchAll(/uses: (\S+@[0-9a-f]{40})/g)].map(([, reference = ""]) => reference));
}

function engineArguments(about: {
  stage: Stage;
  dir: string;
  action: string;
  uses: ReadonlySet<string>;
  runs: number;
  repository: string;
}): string[] {
  const { dir, action, uses, runs } = about;
  const { github, wandb } = about.stage;
  const token = github.issueWorkflowToken({
    actions: "write",
    contents: "write",
    issues: "write",
    "pull-requests": "write",
    checks: "write",
  });
  const env = {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_GRAPHQL_URL: github.graphqlUrl,
    GITHUB_SERVER_URL: github.url,
    GITHUB_REPOSITORY: about.repository,
    GITHUB_SHA: headOf(github.gitDir),
    GITHUB_REF: "refs/heads/main",
    GITHUB_RUN_ID: String(runs),
    WANDB_BASE_URL: wandb.url,
    XDG_STATE_HOME: join(dir, "state"),
    STAND_IN_ARTIFACTS: join(dir, `artifacts-${runs}`),
  };
  const stand = (reference: string) =>
    reference.startsWith("actions/")
      ? join(import.meta.dirname, "actions", /^actions\/([^@]+)/.exec(reference)?.[1] ?? "")
      : action;
  return [
    ...["ubuntu-latest", "self-hosted", "gpu"].flatMap((label) => ["-P", `${label}=-self-hosted`]),
    ...[...uses].flatMap((reference) => ["--local-repository", `${reference}=${stand(reference)}`]),
    ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...["-s", `GITHUB_TOKEN=${token}`, "-s", `WANDB_API_KEY=${WANDB_KEY}`, "--defaultbranch", "main"],
    ...["--action-offline-mode", "--pull=false"],
  ];
}

function headOf(gitDir: string): string {
  return execFileSync("git", ["--git-dir", gitDir, "rev-parse", "main"], { encoding: "utf8" }).trim();
}

/** The engine takes the first `node` it finds. */
function pathWith(node: string): string {
  return `${resolve(node, "..")}:${process.env["PATH"] ?? ""}`;
}

function run(
  program: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<{ exit: number | null; log: string }> {
  return new Promise((done, fail) => {
    const child = spawn(program, [...args], { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.stderr.on("data", (part: Buffer) => parts.push(part));
    child.on("error", fail);
    child.on("close", (exit) => done({ exit, log: Buffer.concat(parts).toString("utf8") }));
  });
}
