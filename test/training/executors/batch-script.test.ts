/** The script as Slurm starts it, on this machine: `bash job.sh FOLDER` with SLURM_JOB_ID. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Task } from "../../../src/training/executors/executor.ts";
import { readReport, scriptOf, writeTask } from "../../../src/training/executors/job-folder.ts";
import { scratch, until, writeProgram } from "../real-ports.ts";

const PATH = "/usr/local/bin:/usr/bin:/bin";

/** Says what it was given and which signals it ignores, then behaves as its first argument says. */
const TRAINER = `
import { readFileSync, writeFileSync } from "node:fs";
const ignored = BigInt("0x" + /SigIgn:\\s*(\\w+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]);
const group = Number(readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[2]);
const [how, ...rest] = process.argv.slice(2);
let signals = 0;
const seen = { pid: process.pid, rest, env: process.env, cwd: process.cwd(), ignoresInt: (ignored >> 1n & 1n) === 1n, leads: group === process.pid };
const end = { ok: () => process.exit(0), fails: () => process.exit(3), dies: () => process.kill(process.pid, "SIGKILL"),
  waits: () => { process.on("SIGINT", () => { console.error("signals " + ++signals); setTimeout(() => process.exit(signals), 300); }); setInterval(() => 0, 1000); } };
end.stays = () => setInterval(() => 0, 1000);
if (how === "stays" || how === "waits") end[how]();
writeFileSync(process.env.SEEN, JSON.stringify(seen));
console.log("to stdout"); console.error("to stderr");
if (end[how] !== end.stays && end[how] !== end.waits) end[how]();
`;

interface Bench {
  readonly folder: string;
  readonly log: string;
  readonly seen: () => Record<string, unknown>;
  readonly write: (given?: Partial<Task>) => Promise<void>;
  readonly start: (how?: {
    job?: string;
    env?: Record<string, string>;
    ignoringInt?: boolean;
  }) => ChildProcess;
}

function bench(how: string, ...rest: string[]): Bench {
  const root = scratch(onTestFinished);
  const folder = join(root, "job's folder");
  const cwd = join(root, "clone");
  mkdirSync(cwd);
  const log = join(root, "trainer's.log");
  const trainer = writeProgram(root, "trainer.mjs", TRAINER);
  const task: Task = {
    name: "autoloop-0001a-s42-a1",
    folder,
    file: process.execPath,
    args: [trainer, how, ...rest],
    cwd,
    log,
    env: { PATH, SEEN: join(root, "seen.json"), WANDB_API_KEY: "0123456789abcdef" },
    gpu: false,
  };
  return {
    folder,
    log,
    seen: () => JSON.parse(readFileSync(join(root, "seen.json"), "utf8")),
    write: (given) => writeTask({ ...task, ...given }),
    start: ({ job = "12", env = {}, ignoringInt = false } = {}) => {
      const command = ["bash", scriptOf(folder), folder];
      const child = spawn(
        ignoringInt ? "bash" : "env",
        ignoringInt ? ["-c", 'trap "" INT; exec "$@"', "x", ...command] : command,
        {
          env: { PATH, SLURM_JOB_ID: job, HOME: "/nowhere", GITHUB_TOKEN: "ghs_secret", ...env },
          stdio: "ignore",
        },
      );
      onTestFinished(() => void child.kill("SIGKILL"));
      return child;
    },
  };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, "exit");
  return child.exitCode;
}

describe("the batch script", () => {
  it("runs the command with its environment and nothing else, and reports", async () => {
    const hostile = ["a b", "$(id)", "`id`", "'\"\\", "*", "two\nlines", "", "-n", "ü=;&|"];
    const at = bench("ok", ...hostile);
    await at.write({ env: { PATH, SEEN: join(at.folder, "../seen.json"), ODD: "x'y\"z $HOME\n`id`\\" } });
    expect(await ended(at.start({ env: { CUDA_VISIBLE_DEVICES: "3" } }))).toBe(0);

    const seen = at.seen();
    expect(seen).toMatchObject({
      rest: hostile,
      cwd: join(at.folder, "../clone"),
      leads: true,
      ignoresInt: false,
    });
    expect(seen["env"]).toEqual({
      PATH,
      SEEN: join(at.folder, "../seen.json"),
      ODD: "x'y\"z $HOME\n`id`\\",
      CUDA_VISIBLE_DEVICES: "",
    });
    expect(readFileSync(at.log, "utf8").split("\n").toSorted()).toEqual(["", "to stderr", "to stdout"]);
    const { started, ended: end } = await readReport(at.folder);
    expect(started).toMatchObject({ job: "12", node: hostname(), gpus: null });
    expect(end).toMatchObject({ job: "12", exit: 0, signal: null, asked: null, why: null });
    expect(end?.at).toBeGreaterThanOrEqual(started?.at ?? Number.POSITIVE_INFINITY);
    expect(existsSync(join(at.folder, "environment"))).toBe(false);
  });

  it("shows the trainer the GPUs that Slurm gave, in the order in which Slurm counts them", async () => {
    const at = bench("ok");
    await at.write({ gpu: true });
    await ended(at.start({ env: { CUDA_VISIBLE_DEVICES: "2" } }));
    expect(at.seen()["env"]).toMatchObject({ CUDA_VISIBLE_DEVICES: "2", CUDA_DEVICE_ORDER: "PCI_BUS_ID" });
    expect((await readReport(at.folder)).started?.gpus).toBe("2");
  });

  it.each([
    ["fails", { exit: 3, signal: null }, 3],
    ["dies", { exit: null, signal: "SIGKILL" }, 137],
  ] as const)("reports how a trainer that %s came to its end", async (how, wanted, code) => {
    const at = bench(how);
    await at.write();
    expect(await ended(at.start())).toBe(code);
    expect((await readReport(at.folder)).ended).toMatchObject(wanted);
  });

  it.each([
    ["SIGTERM", false],
    ["SIGINT", false],
    ["SIGTERM", true],
    ["SIGINT", true],
  ] as const)("hands %s on as one SIGINT (started with SIGINT ignored: %s)", async (signal, ignoringInt) => {
    const at = bench("waits");
    await at.write();
    const child = at.start({ ignoringInt });
    await until(
      "the trainer runs",
      () => existsSync(at.log) && readFileSync(at.log, "utf8").includes("stderr"),
    );
    child.kill(signal);
    await until("it was told", () => readFileSync(at.log, "utf8").includes("signals 1"));
    child.kill("SIGTERM");
    expect(await ended(child)).toBe(1);
    expect(at.seen()["ignoresInt"]).toBe(false);
    expect(readFileSync(at.log, "utf8")).not.toContain("signals 2");
    expect((await readReport(at.folder)).ended).toMatchObject({
      exit: 1,
      signal: null,
      asked: signal === "SIGTERM" ? "TERM" : "INT",
    });
  });

  it("names the signal that ended a trainer without a handler", async () => {
    const at = bench("stays");
    await at.write();
    const child = at.start();
    await until(
      "the trainer runs",
      () => existsSync(at.log) && readFileSync(at.log, "utf8").includes("stderr"),
    );
    child.kill("SIGTERM");
    await ended(child);
    expect((await readReport(at.folder)).ended).toMatchObject({
      exit: null,
      signal: "SIGINT",
      asked: "TERM",
    });
  });

  it("does not train again when Slurm starts the job again", async () => {
    const at = bench("stays");
    await at.write();
    const first = at.start();
    await until(
      "the trainer runs",
      () => existsSync(at.log) && readFileSync(at.log, "utf8").includes("stderr"),
    );
    first.kill("SIGKILL");
    await ended(first);
    process.kill(Number(at.seen()["pid"]), "SIGKILL");
    const log = readFileSync(at.log, "utf8");
    expect(await ended(at.start())).toBe(75);
    expect((await readReport(at.folder)).ended).toMatchObject({ exit: null, signal: null, asked: "requeue" });
    expect(readFileSync(at.log, "utf8")).toBe(log);
  });

  it("does not touch the attempt that another job trains", async () => {
    const at = bench("waits");
    await at.write();
    const first = at.start({ job: "12" });
    await until(
      "the trainer runs",
      () => existsSync(at.log) && readFileSync(at.log, "utf8").includes("stderr"),
    );
    expect(await ended(at.start({ job: "13" }))).toBe(75);
    expect((await readReport(at.folder)).ended).toBeNull();
    first.kill("SIGTERM");
    await ended(first);
    expect((await readReport(at.folder)).ended).toMatchObject({ job: "12", exit: 1 });
  });

  it("says that the node does not have the trainer's folder", async () => {
    const at = bench("ok");
    await at.write({ cwd: "/no/such/folder" });
    expect(await ended(at.start())).toBe(72);
    const report = await readReport(at.folder);
    expect(report).toMatchObject({ started: null, ended: { exit: null, why: "no-folder" } });
  });

  it("leaves what the shell says of a missing program in the log", async () => {
    const at = bench("ok");
    await at.write({ file: "no-such-python" });
    expect(await ended(at.start())).toBe(127);
    expect(readFileSync(at.log, "utf8")).toContain("no-such-python: not found");
  });
});

describe("a task", () => {
  it("with a NUL character is refused", async () => {
    const at = bench("ok", "a\0b");
    await expect(at.write()).rejects.toMatchObject({ code: "input.trial-job" });
  });
});
