import { describe, expect, it } from "vitest";
import * as z from "zod";
import { isJsonObject, type Json, type JsonObject } from "../../src/json.ts";
import { checkConfig } from "../../src/judgement/trainer-config.ts";
import { parseLenientJson } from "../../src/wire/lenient-json.ts";
import { realConfigs, realData, realText } from "./real-data.ts";
import { realRunFiles } from "./real-run-files.ts";

const fork = "train-logging";
const Reasons = z.record(z.string(), z.array(z.string()));
const Meta = z.looseObject({ cmd: z.array(z.string()), sets: z.array(z.string()), rc: z.number() });

/** The path that the trainer's own sentence is about. */
function pathIn(reason: string): string {
  if (reason.includes("bc_src_weight MUST be SET")) return "ot.bc_src_weight";
  const [, path, rest] = /DecodingError: `([^`]+)`: (.*)/.exec(reason) ?? [];
  if (path === undefined) throw new Error(`unknown reason: ${reason}`);
  const field = /The fields `(\w+)` are not valid/.exec(rest ?? "")?.[1];
  return field === undefined ? path : `${path}.${field}`;
}

/** `key=value` as the recorded runs changed their configuration; a number steps into a list. */
function withSet(value: Json, [key, ...rest]: readonly string[], to: Json | undefined): Json {
  if (key === undefined) return to ?? null;
  if (Array.isArray(value)) {
    return value.map((item: Json, index) => (String(index) === key ? withSet(item, rest, to) : item));
  }
  const block: JsonObject = isJsonObject(value) ? value : {};
  const { [key]: old, ...others } = block;
  if (rest.length === 0) return to === undefined ? others : { ...block, [key]: to };
  return { ...block, [key]: withSet(old ?? {}, rest, to) };
}

function parseSet(set: string): { path: readonly string[]; to: Json | undefined } {
  const [path = "", literal = ""] = [set.slice(0, set.indexOf("=")), set.slice(set.indexOf("=") + 1)];
  const keys = path.replace(/^--/, "").split(".");
  if (literal === '"__del__"') return { path: keys, to: undefined };
  try {
    return { path: keys, to: parseLenientJson(literal) };
  } catch {
    return { path: keys, to: literal };
  }
}

/** Text of the configuration that a recorded run was started with. `12.0` must survive, so values are spliced in as texts. */
function launchedText(meta: z.infer<typeof Meta>): string {
  const changes = [...meta.sets, ...meta.cmd.filter((flag) => /^--(?!config_path)/.test(flag))];
  const base = parseLenientJson(realText("real-runs/ok/config.json"));
  const floats = new Map<string, string>();
  const changed = changes.map(parseSet).reduce((config, { path, to }, index) => {
    const literal = /=(-?\d+\.\d*|NaN)$/.exec(changes[index] ?? "")?.[1];
    if (literal === undefined) return withSet(config, path, to);
    floats.set(`@${index}@`, literal);
    return withSet(config, path, `@${index}@`);
  }, base);
  return [...floats].reduce(
    (text, [mark, literal]) => text.replace(`"${mark}"`, literal),
    JSON.stringify(changed),
  );
}

describe.skipIf(!realData)("checkConfig on real files (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  it("agrees with the trainer on every real file, verdict and path", () => {
    const reasons = Reasons.parse(JSON.parse(realText("configs-launchability.json")));
    const files = realConfigs();
    expect(files.map(({ name }) => name).sort()).toEqual(Object.keys(reasons).sort());
    for (const { name, text } of files) {
      const { launchable, errors } = checkConfig({ text, fork });
      const expected = (reasons[name] ?? []).map(pathIn);
      expect(launchable, name).toBe(expected.length === 0);
      expect(
        errors.map(({ path }) => path),
        name,
      ).toEqual(expect.arrayContaining(expected));
      // The trainer stops at its reader's first error; what it would demand later only adds to it.
      expect(errors[0]?.path, name).toBe(expected[0]);
    }
  });

  it("accepts every configuration that a real training ran with or saved", () => {
    const files = realRunFiles(/(^|\/)(config|train_config\.\d+)\.json$/);
    expect(files.length).toBeGreaterThan(40);
    for (const { name, text } of files) expect(checkConfig({ text, fork }).errors, name).toEqual([]);
  });

  it("warns that a checkpoint's saved file is not to be launched again", () => {
    for (const { name, text } of realRunFiles(/train_config\.\d+\.json$/)) {
      const warned = checkConfig({ text, fork }).warnings.map(({ path }) => path);
      const id = name.includes("wandb_disabled") ? [] : ["wandb.run_id"];
      expect(warned, name).toEqual(
        expect.arrayContaining(["dataset.episodes", "policy.input_features", ...id]),
      );
    }
  });

  it.each([
    ["bcw_null", "ot.bc_src_weight"],
    ["float_int", "batch_size"],
    ["push_default", "policy.push_to_hub"],
    ["save_freq0", "save_freq"],
    ["tau_null", "ot.loss_config.tau_src"],
    ["unknown_cli", "wandb.group"],
    ["unknown_file", "wandb.group"],
    ["unknown_ot_key", "ot.heuristic"],
  ])("refuses what the trainer refused: %s", (name, path) => {
    const meta = Meta.parse(JSON.parse(realText(`real-runs/errors/${name}/meta.json`)));
    expect(meta.rc).toBeGreaterThan(0);
    expect(checkConfig({ text: launchedText(meta), fork }).errors.map((error) => error.path)).toEqual([path]);
  });

  it("finds no fault in files whose trouble was on the box", () => {
    for (const name of [
      "base_index",
      "exists",
      "missing_pair",
      "missing_root",
      "wandb030_get_url",
      "ot_off",
      "sigkill_pid",
    ]) {
      const meta = Meta.parse(JSON.parse(realText(`real-runs/errors/${name}/meta.json`)));
      expect(checkConfig({ text: launchedText(meta), fork }).errors, name).toEqual([]);
    }
  });

  it("refuses the NaN that the trainer took and trained on, and warns of OT that was silently off", () => {
    const check = (name: string) => {
      const meta = Meta.parse(JSON.parse(realText(`real-runs/errors/${name}/meta.json`)));
      expect(meta.rc).toBe(0);
      return checkConfig({ text: launchedText(meta), fork });
    };
    expect(check("nan_json")).toMatchObject({
      launchable: false,
      errors: [{ path: "ot.lambda_ot" }],
      hash: null,
    });
    expect(check("ot_off").warnings).toMatchObject([{ path: "ot.batch_ratio" }]);
  });

  it("predicts the break of the run whose plan broke, and not of the run that lived", () => {
    const warned = (path: string) =>
      checkConfig({ text: realText(path), fork }).warnings.some(
        ({ message }) => message.key === "check.underflow",
      );
    expect(warned("real-runs/dead/config.json")).toBe(true);
    expect(warned("real-runs/ok/config.json")).toBe(false);
  });
});
