import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { type EmbeddedWandb, startWandb } from "../../src/embedded/wandb/server.ts";
import type { Run } from "../../src/judgement/run.ts";
import { proxiedPost } from "../../src/proxied-post.ts";
import { wandbApi } from "../../src/runs/wandb-api.ts";
import { wandbFiles } from "../../src/runs/wandb-files.ts";

/** The real SDK against the embedded server. `make-venvs.sh` creates the interpreters. */
const pythons = (process.env["AUTOLOOP_WANDB_PYTHONS"] ?? "").split(":").filter((path) => path !== "");
const script = join(import.meta.dirname, "wandb_sdk.py");
const KEY = "k".repeat(40);
const SLOW = 120_000;

const Row = z.record(z.string(), z.unknown());
const ReadRun = z.looseObject({
  name: z.string(),
  state: z.string(),
  group: z.string(),
  tags: z.array(z.string()),
  config: Row,
  summary: Row,
  lastStep: z.number(),
  history: z.array(Row),
  sparse: z.array(Row),
  thinned: z.number(),
  full: z.array(Row),
  scan_keys: z.array(Row),
  scan_pages: z.array(Row),
  scan: z.array(Row),
  files: z.array(z.string()),
});
const Read = z.looseObject({
  version: z.string(),
  entity: z.string(),
  one: z.string(),
  none: z.array(z.string()),
  runs: z.record(z.string(), ReadRun),
});

/** What wandb_sdk.py logs. */
function expectedLoss(step: number): number | string {
  return { 5: "NaN", 6: "Infinity", 7: "-Infinity" }[step] ?? 1 / (step + 3);
}

const range = (length: number) => Array.from({ length }, (_, index) => index);
const bySteps = (rows: readonly z.infer<typeof Row>[], key: string) =>
  Object.fromEntries(rows.map((row) => [String(row["_step"]), row[key]]));
const losses = (steps: readonly number[]) =>
  Object.fromEntries(steps.map((step) => [String(step), expectedLoss(step)]));

/** A curve by its steps, non-finite numbers as the script prints them. */
function spelled({ data }: Run, key: string) {
  const { steps = [], values = [] } = data.kind === "curves" ? (data.series.get(key) ?? {}) : {};
  const texts = values.map((value) => (Number.isFinite(value) ? value : String(value)));
  return Object.fromEntries(steps.map((step, index) => [String(step), texts[index]]));
}

const withoutHoles = (curve: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(curve).filter(([, value]) => value !== undefined && value !== null));

describe.skipIf(pythons.length === 0)(
  "the real W&B SDK (skipped without interpreters: AUTOLOOP_WANDB_PYTHONS is not set)",
  () => {
    describe.each(pythons.length > 0 ? pythons : ["no interpreter"])("%s", (python) => {
      let wandb: EmbeddedWandb;
      let home: string;

      const environment = () => ({
        PATH: process.env["PATH"] ?? "",
        HOME: home,
        TMPDIR: home,
        WANDB_DIR: home,
        WANDB_CACHE_DIR: join(home, "cache"),
        WANDB_CONFIG_DIR: join(home, "config"),
        WANDB_BASE_URL: wandb.url,
        WANDB_API_KEY: KEY,
        WANDB_ERROR_REPORTING: "false",
        WANDB__FILE_STREAM_TRANSMIT_INTERVAL: "1",
        NO_PROXY: "127.0.0.1",
      });
      const run = (file: string, args: readonly string[]) =>
        execa(file, args, { cwd: home, env: environment(), extendEnv: false });
      const sdk = async (verb: string): Promise<z.infer<typeof Row>> => {
        const { stdout } = await run(python, [script, verb]);
        return Row.parse(JSON.parse(stdout.slice(stdout.lastIndexOf('\n{"version"') + 1)));
      };

      beforeAll(async () => {
        home = await mkdtemp(join(tmpdir(), "wandb-interop-"));
        wandb = await startWandb({ apiKeys: [KEY] });
      });
      afterAll(async () => {
        await wandb.close();
        await rm(home, { recursive: true, force: true });
      });

      it("logs a run with all that belongs to it", { timeout: SLOW }, async () => {
        await sdk("log");
        expect(wandb.runs.get("logged01")).toMatchObject({
          project: "interop",
          entity: "me",
          displayName: "name of logged01",
          group: "policy:act-seed:42",
          jobType: "train_eval",
          tags: ["seed:42", "interop"],
          notes: "a note",
          state: "finished",
          exitCode: 0,
        });
        expect(wandb.runs.rows("logged01").map((row) => row["train/loss"])).toEqual(
          range(12).map((step) => Number(expectedLoss(step))),
        );
        expect(Object.keys(wandb.runs.get("logged01")?.files ?? {})).toContain("config.yaml");
      });

      it("resumes it where the server says it ended", { timeout: SLOW }, async () => {
        expect(await sdk("resume")).toMatchObject({ step: 12 });
        expect(wandb.runs.rows("logged01").map((row) => row["_step"])).toEqual(range(16));
        expect(wandb.runs.get("logged01")).toMatchObject({ state: "finished" });
      });

      it("syncs a run that was logged offline", { timeout: SLOW }, async () => {
        const { dir } = await sdk("offline");
        expect(wandb.runs.get("offline1")).toBeUndefined();
        await run(join(dirname(python), "wandb"), ["sync", dirname(String(dir))]);
        expect(wandb.runs.rows("offline1").map((row) => row["_step"])).toEqual(range(12));
        expect(wandb.runs.get("offline1")).toMatchObject({ state: "finished", group: "policy:act-seed:42" });
      });

      it("reads everything back through the public client", { timeout: SLOW }, async () => {
        const read = Read.parse(await sdk("read"));
        expect(read).toMatchObject({ entity: "me", one: "name of logged01", none: [] });
        expect(Object.keys(read.runs)).toEqual(["offline1", "logged01"]);
        for (const [id, steps] of [
          ["logged01", range(16)],
          ["offline1", range(12)],
        ] as const) {
          const seen = ReadRun.parse(read.runs[id]);
          expect(seen).toMatchObject({
            name: `name of ${id}`,
            state: "finished",
            group: "policy:act-seed:42",
            tags: ["seed:42", "interop"],
            config: { lr: 0.001, policy: { type: "act", dim: 32 }, none: null },
            summary: { "train/loss": expectedLoss(steps.length - 1), _step: steps.length - 1 },
            lastStep: steps.length - 1,
            thinned: 5,
          });
          expect(bySteps(seen.history, "train/loss")).toEqual(losses(steps));
          expect(bySteps(seen.scan_keys, "train/loss")).toEqual(losses(steps));
          expect(bySteps(seen.scan, "train/loss")).toEqual(losses(steps));
          // SDK 0.21 takes maxStep for exclusive: each page holds a row too many, and one of them is thinned out.
          const exact = read.version !== "0.21.4";
          if (exact) expect(seen.scan_pages.map((row) => row["_step"])).toEqual(steps);
          else expect(losses(steps)).toMatchObject(bySteps(seen.scan_pages, "train/loss"));
          expect(bySteps(seen.full, "nested.x")).toEqual(
            Object.fromEntries(steps.map((step) => [step, step])),
          );
          expect(seen.sparse.map((row) => row["_step"])).toEqual(steps.filter((step) => step % 4 === 0));
          expect(seen.files).toContain("config.yaml");
        }
      });

      it("gives our client the rows that the public client sees, and its files hold them too", {
        timeout: SLOW,
      }, async () => {
        const read = Read.parse(await sdk("read"));
        const extraKeys = ["eval/avg_l1", "nested.x"];
        const selection = { kind: "filter", tags: { all: ["interop"] } } as const;
        const cloud = await wandbApi({
          ...{ baseUrl: wandb.url, apiKey: KEY, project: "interop", extraKeys },
          ...{ now: Date.now, random: Math.random, sleep: async (ms) => void (await sleep(ms)) },
          post: proxiedPost({}),
        }).read(selection);
        const files = await wandbFiles({ folders: [home], extraKeys, now: Date.now }).read(selection);
        // No repeated step in the files either: the SDK itself drops what the server has.
        expect([cloud.warnings, files.warnings]).toEqual([[], []]);
        expect(cloud.runs.map(({ id }) => id)).toEqual(["logged01", "offline1"]);
        for (const run of cloud.runs) {
          const seen = ReadRun.parse(read.runs[run.id]);
          expect(run).toMatchObject({ name: seen.name, state: seen.state, config: seen.config });
          expect(run.steps).toBe(seen.lastStep);
          const local = files.runs.find(({ id }) => id === run.id);
          for (const key of ["train/loss", "train/lr", ...extraKeys]) {
            const curve = spelled(run, key);
            expect(curve).toEqual(withoutHoles(bySteps(seen.full, key)));
            expect(local && spelled(local, key)).toEqual(curve);
          }
        }
      });

      it("ends a run that the server asks to stop", { timeout: SLOW }, async () => {
        const isLogging = () => (wandb.runs.get("watched1")?.history.length ?? 0) > 2;
        const [seen, heard] = await Promise.all([
          sdk("watch"),
          wandb.until(isLogging, { timeoutMs: 60_000 }).then(() => wandb.requestStop("watched1")),
        ]);
        expect(heard).toBe(true);
        expect(seen).toMatchObject({ stopped: true });
        expect(wandb.runs.get("watched1")?.state).not.toBe("running");
      });

      it("asked nothing that the server does not know", () => {
        expect(wandb.unknown).toEqual([]);
      });
    });
  },
);
