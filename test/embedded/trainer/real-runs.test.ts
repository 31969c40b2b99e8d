import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startIngestServer } from "./ingest-server.ts";
import { readRunFile } from "./run-file-reader.ts";
import { type Config, createBox, lastLine, readText, runFiles, type TrainerBox } from "./spawned-trainer.ts";

const data = process.env["AUTOLOOP_REAL_DATA"];
const real = (...path: string[]) => join(data ?? "", "real-runs", ...path);

/** The tiny trainer against recordings of the real one: same configuration in, same shapes out. */
describe.skipIf(!data)("beside the real trainer (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  let box: TrainerBox;
  beforeAll(async () => {
    box = await createBox();
    mkdirSync(join(box.folder, "tiny"));
    writeFileSync(join(box.folder, "tiny/pair_info.json"), "{}");
  });
  afterAll(() => box?.remove());

  /** The configuration of the recorded healthy run, with a case's edits. */
  function configWith(name: string, sets: readonly string[] = []): string {
    let text = readFileSync(real("ok", "config.json"), "utf8");
    const config: Config = JSON.parse(text);
    for (const set of sets) edit(config, set);
    text = JSON.stringify(config).replace(/"raw:([^"]*)"/g, "$1");
    writeFileSync(join(box.folder, `${name}.json`), text);
    return `--config_path=${name}.json`;
  }

  const ok = (name: string, args: readonly string[], env = {}) =>
    box.start([configWith(name), `--output_dir=${name}`, ...args], env).ended;

  it("prints only lines that the real trainer prints, the configuration included", async () => {
    const args = ["--steps=400", "--save_freq=200"];
    const healthy = await ok("ok", args);
    const broken = await box.start([configWith("dead", DEAD), "--output_dir=dead", ...args]).ended;
    const nan = await ok("nan", args, { TINY_NAN_AT: "30" });
    const recorded = ["ok/stderr.txt", "dead/stderr.txt", "nan/stderr.txt"].flatMap((path) =>
      shapes(readFileSync(real(path), "utf8")),
    );
    const known = new Set(recorded);
    for (const { code, stderr } of [healthy, broken, nan]) {
      expect(code).toBe(0);
      expect([...new Set(shapes(stderr))].filter((shape) => !known.has(shape))).toEqual([]);
    }
    expect(shapes(broken.stderr)).toContain("UserWarning: Numerical errors at iteration #");
    expect(shapes(nan.stderr)).toContain("ERROR # ot_train.py:248 Non-finite grad_norm detected: tensor(#)");
  });

  it("logs exactly the real trainer's metric keys, in rows at the same steps", async () => {
    await ok("keys", []);
    const [mine] = runFiles(join(box.folder, "keys")).map(readRunFile);
    const theirs = readRunFile(wandbFileIn(real("ok")));
    expect(mine?.history.map(keysOf)).toEqual(theirs.history.map(keysOf));
    expect(mine?.history.map((row) => row["_step"])).toEqual(theirs.history.map((row) => row["_step"]));
    expect(mine?.history.map((row) => row["train/samples"])).toEqual(
      theirs.history.map((row) => row["train/samples"]),
    );
    expect(Object.keys(mine?.config ?? {}).sort()).toEqual(
      Object.keys(theirs.config)
        .filter((key) => key !== "rename_map")
        .sort(),
    );
    expect(mine?.tags).toEqual(theirs.tags);
  });

  it("saves a train_config.json of the same tree", async () => {
    await ok("saved", ["--steps=4", "--save_freq=2"]);
    const mine = JSON.parse(
      readText(box.folder, "saved/checkpoints/last/pretrained_model/train_config.json"),
    );
    const theirs = JSON.parse(readFileSync(real("ok", "train_config.002000.json"), "utf8"));
    expect(pathsOf(mine)).toEqual(pathsOf(theirs));
  });

  it.each([
    "base_index",
    "bcw_null",
    "exists",
    "float_int",
    "missing_config",
    "missing_pair",
    "nan_json",
    "ot_off",
    "push_default",
    "save_freq0",
    "tau_null",
    "unknown_cli",
    "unknown_file",
    "unknown_ot_key",
    "wandb_disabled",
  ])("ends the recorded case %s with the same code and the same last words", async (name) => {
    const meta = JSON.parse(readFileSync(real("errors", name, "meta.json"), "utf8"));
    const out = meta.cmd
      .find((part: string) => part.startsWith("--output_dir="))
      .slice("--output_dir=".length);
    const config = name === "missing_config" ? "--config_path=none.json" : configWith(name, meta.sets);
    if (name === "exists") mkdirSync(join(box.folder, out), { recursive: true });
    const ended = await box.start([config, ...meta.cmd.slice(4)]).ended;
    expect(ended.code).toBe(meta.rc);
    expect(shapes(lastLine(ended.stderr))).toEqual(
      shapes(lastLine(readFileSync(real("errors", name, "stderr.txt"), "utf8"))),
    );
    const hasFile = meta.files.some(([file]: [string]) => file.endsWith(".wandb"));
    expect(runFiles(join(box.folder, out)).length > 0).toBe(hasFile);
  });

  it("speaks on the wire as the SDK does", async () => {
    const server = await startIngestServer();
    try {
      await ok(
        "wire",
        ["--steps=50", "--log_freq=25", "--wandb.mode=online", "--wandb.project=tiny", "--wandb.entity=me"],
        {
          WANDB_BASE_URL: server.url,
          WANDB_API_KEY: "k".repeat(40),
          WANDB_RUN_GROUP: "loop-7",
        },
      );
      const recorded = readFileSync(real("online", "server1.requests.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const theirs = recorded.find(({ op }) => op === "UpsertBucket").v;
      const mine = server.requests[0]?.body.variables;
      expect(Object.keys(mine).sort()).toEqual(Object.keys(theirs).sort());
      expect(pathsOf(JSON.parse(mine.config), "_wandb")).toEqual(
        pathsOf(JSON.parse(theirs.config), "_wandb"),
      );
      for (const key of ["groupName", "project", "entity", "displayName", "jobType", "program", "tags"]) {
        expect(mine[key]).toEqual(theirs[key]);
      }
      const theirEnd = recorded.find(({ fs }) => fs?.complete).fs;
      const myEnd = server.requests.at(-1)?.body;
      expect(myEnd).toMatchObject({ complete: theirEnd.complete, exitcode: theirEnd.exitcode });
      expect(Object.keys(myEnd.files).sort()).toEqual(
        Object.keys(theirEnd.files)
          .filter((file) => file !== "wandb-events.jsonl")
          .sort(),
      );
      const summary = (body: Config) =>
        Object.keys(JSON.parse(body.files["wandb-summary.json"].content[0])).sort();
      expect(summary(myEnd).filter((key) => !key.startsWith("eval/"))).toEqual(
        summary(theirEnd).filter((key) => !key.startsWith("eval/")),
      );
      const [line = ""] = myEnd.files["output.log"].content;
      expect(line).toMatch(/^ERROR \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} INFO /);
    } finally {
      await server.close();
    }
  });
});

const DEAD = ["ot.loss_config.reg=0.01", "ot.loss_config.features.1.weight_label=2.0"];

/** Applies `path=json`; number literals and NaN survive JSON.stringify behind a marker. */
function edit(config: Config, set: string): void {
  const equals = set.indexOf("=");
  const path = set.slice(0, equals).split(".");
  const value = set.slice(equals + 1);
  const last = path.pop() ?? "";
  const target = path.reduce((at, key) => at[key], config);
  if (value === '"__del__"') delete target[last];
  else target[last] = /^(NaN|-?\d+\.0)$/.test(value) ? `raw:${value}` : JSON.parse(value);
}

/** Lines with every number, time and path replaced, so that two runs can be compared. */
function shapes(stderr: string): string[] {
  return stderr
    .trimEnd()
    .split("\n")
    .map((line) =>
      line
        .replace(/^\/\S+:\d+: /, "")
        .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, "#")
        .replace(/(?<![\w.:]\w*)(?<!py:)(?:nan|inf|\d+(?:\.\d+)?(?:e[+-]\d+)?[KMB]?)(?![\w'])/g, "#")
        .replace(/((?:step|smpl|ep|epch|loss|grdn|lr|updt_s|data_s):)\S+/g, "$1#")
        .replace(/Output dir: .*/, "Output dir: OUT")
        .replace(/Output directory \S+ (.*) so that \S+ is/, "Output directory OUT $1 so that OUT is"),
    )
    .filter(
      (line) => !/NormalizationMode|normalization_mapping|'MEAN_STD'|^ 'output_dir'|^ 'job_name'/.test(line),
    );
}

function keysOf(row: object): string[] {
  return Object.keys(row).sort();
}

/** Every key path of a tree; maps whose content is data are leaves. */
function pathsOf(value: unknown, ...leaves: string[]): string[] {
  if (typeof value !== "object" || value === null) return [""];
  if (Array.isArray(value)) return [""];
  return Object.entries(value)
    .flatMap(([key, item]) =>
      [...leaves, "input_features", "output_features", "normalization_mapping"].includes(key)
        ? [key]
        : pathsOf(item, ...leaves).map((path) => `${key}.${path}`),
    )
    .sort();
}

function wandbFileIn(folder: string): string {
  const name = readdirSync(folder).find((file) => file.endsWith(".wandb"));
  if (!name) throw new Error(`no run file in ${folder}`);
  return join(folder, name);
}
