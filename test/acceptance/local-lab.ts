import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { LedgerEvent } from "../../src/rounds/events.ts";
import { killTrainersOf, trainersOf } from "./lab-processes.ts";
import type { Result } from "./programs.ts";

const run = promisify(execFile);
const DIST = resolve(import.meta.dirname, "../../dist");
const CONFIGS = "src/lerobot/scripts/train_config";
export const REPORT = `${CONFIGS}/reports/act_ot.md`;

export interface LocalLabOptions {
  readonly bare?: boolean;
  readonly slots?: number;
  /** Changes settings of the trainer. */
  readonly trainer?: Readonly<Record<string, unknown>>;
  /** Makes a folder of programs that stands before the others of the machine. */
  readonly path?: (dir: string) => Promise<string>;
  /** Replaces settings, e.g. `{mode: "report"}`. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A person's git repository with two of the plan's templates, a trainer beside it, and no forge anywhere. */
export async function localLab(options: LocalLabOptions = {}) {
  const { bare = false, slots = 2, settings: changed = {} } = options;
  const dir = await mkdtemp(join(tmpdir(), "autoloop-local-"));
  const repo = join(dir, bare ? "policies.git" : "policies");
  const { PATH = "", SLURM_CONF } = process.env;
  const own = await options.path?.(dir);
  const env = {
    PATH: own ? `${own}:${PATH}` : PATH,
    HOME: join(dir, "home"),
    ...(SLURM_CONF ? { SLURM_CONF } : {}),
  };
  const git = async (...args: readonly string[]) =>
    (await run("git", ["-C", repo, ...args], { env, maxBuffer: 64 << 20 })).stdout;
  const put = async (path: string, text: string, root = repo) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await put(".gitconfig", "[user]\n\tname = Ana\n\temail = ana@lab.test\n", env.HOME);
  await put("trainer/data/pair_info.json", "{}\n", dir);
  const work = bare ? join(dir, "seed") : repo;
  await run("git", ["init", "--quiet", "--initial-branch=main", work], { env });
  const trainer = { steps: 200, eval_freq: 100, log_freq: 20, wandb_mode: "offline", env: ["TINY_STEP_MS"] };
  const settings = {
    mode: "train",
    language: "en",
    max_variants: 2,
    seeds: [42, 87],
    trainer: {
      command: [process.execPath, join(DIST, "rehearsal.js"), "trainer"],
      cwd: join(dir, "trainer"),
      min_free_gb: 0,
      ...trainer,
      ...options.trainer,
    },
    gpus: { cpu_slots: slots, lease_dir: join(dir, "leases") },
    ...changed,
  };
  await put(".github/autoloop.yml", JSON.stringify(settings), work);
  await put("notes.txt", "as committed\n", work);
  for (const { file, config } of planConfigs().slice(0, 2))
    await put(`${CONFIGS}/${file}`, `${JSON.stringify(config, null, 2)}\n`, work);
  await run("git", ["-C", work, "add", "--all"], { env });
  await run("git", ["-C", work, "commit", "--quiet", "--message", "Templates"], { env });
  if (bare) await run("git", ["clone", "--quiet", "--bare", work, repo], { env });

  const begin = (args: readonly string[], more: Record<string, string> = {}) =>
    begun(repo, ["loop", ...args], { ...env, ...more });
  return {
    dir,
    repo,
    git,
    put,
    begin,
    loop: (...args: readonly string[]) => begin(args).ended,
    /** Another command in the same folder. */
    ask: (...args: readonly string[]) => begun(repo, args, env).ended,
    show: (path: string, branch = "main") => git("show", `${branch}:${path}`),
    sections: async () => (await git("show", `main:${REPORT}`)).match(/^<!-- autoloop:round (\d+)/gm) ?? [],
    merges: async () =>
      (await git("log", "--merges", "--first-parent", "--format=%s", "main")).split("\n").filter(Boolean),
    events: async (): Promise<readonly LedgerEvent[]> => {
      const names = (await git("ls-tree", "-r", "--name-only", "autoloop/ledger")).split("\n");
      const logs = await Promise.all(
        names.filter((name) => name.endsWith(".jsonl")).map((name) => git("show", `autoloop/ledger:${name}`)),
      );
      return logs
        .flatMap((log) => log.split("\n").filter(Boolean))
        .map((line) => LedgerEvent.parse(JSON.parse(line)));
    },
    trainers: async () => (await trainersOf(dir)).map(({ pid }) => pid),
    close: async () => {
      await killTrainersOf(dir);
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export type LocalLab = Awaited<ReturnType<typeof localLab>>;

/** `autoloop` as a process of its own, with ways to wait for what it says and to end it. */
function begun(repo: string, args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [join(DIST, "cli.js"), ...args, "--repo", repo], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    for (const look of waiting) look();
  });
  const ended = once(child, "close").then(([code]): Result => ({ exit: code ?? -1, stdout, stderr }));
  const said = (pattern: RegExp) =>
    new Promise<void>((heard, failed) => {
      const look = () => {
        if (!pattern.test(stderr)) return;
        waiting.delete(look);
        heard();
      };
      waiting.add(look);
      look();
      void ended.then(() => failed(new Error(`It ended without saying ${pattern}:\n${stderr}`)));
    });
  return {
    ended,
    said,
    signal: async (signal: NodeJS.Signals): Promise<Result> => {
      endWith(child, signal);
      return ended;
    },
  };
}

function endWith(child: ChildProcess, signal: NodeJS.Signals): void {
  child.kill(signal);
}
