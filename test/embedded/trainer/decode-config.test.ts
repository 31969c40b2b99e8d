import { describe, expect, it } from "vitest";
import { override, parseArguments } from "../../../src/embedded/trainer/arguments.ts";
import { decodeConfig } from "../../../src/embedded/trainer/decode-config.ts";
import { parseLiteral, toPlain } from "../../../src/embedded/trainer/literal.ts";
import { PythonError } from "../../../src/embedded/trainer/python-error.ts";

const minimal = { dataset: { repo_id: "a/b" }, policy: { type: "act" } };

function decode(change: object = {}): unknown {
  return toPlain(decodeConfig(parseLiteral(JSON.stringify({ ...minimal, ...change }))));
}

function refusal(text: string): string {
  try {
    decodeConfig(parseLiteral(text));
  } catch (error) {
    if (error instanceof PythonError) return error.message;
  }
  return "accepted";
}

describe("decodeConfig", () => {
  it("fills in the trainer's defaults", () => {
    expect(decode()).toMatchObject({
      batch_size: 8,
      steps: 100_000,
      policy: { type: "act", push_to_hub: true, optimizer_lr: 1e-5, chunk_size: 100 },
      ot: { enable: false, batch_ratio: 0.5, lambda_ot: 1, bc_src_weight: null },
      wandb: { enable: false, mode: null },
    });
  });

  it("takes numeric texts for numbers and 1 for 1.0, as the parser does", () => {
    expect(
      decode({ batch_size: "16", ot: { lambda_ot: 1, sharpness: "0.5", enable: "true" } }),
    ).toMatchObject({
      batch_size: 16,
      ot: { lambda_ot: 1, sharpness: 0.5, enable: true },
    });
  });

  it.each([
    ['{"batch_size": 12.0}', "`batch_size`: Couldn't parse '12.0' into an int"],
    ['{"steps": 2e3}', "`steps`: Couldn't parse '2000.0' into an int"],
    ['{"resume": "True"}', "`resume`: Couldn't parse 'True' into a bool"],
    ['{"wandb": {"group": "x"}}', "`wandb`: The fields `group` are not valid for WandBConfig"],
    ['{"autoloop": {}}', "The fields `autoloop` are not valid for TrainPipelineConfig"],
    ['{"policy": {}}', "`policy`: Expected a dict with a 'type' key for PreTrainedConfig"],
    ['{"dataset": {}}', "`dataset`: Missing required field(s) `repo_id` for DatasetConfig"],
    [
      '{"ot": {"topk_src_episodes": 20.0}}',
      "`ot.topk_src_episodes`: Could not decode the value into any of the given types:\n    int: Couldn't parse '20.0' into an int",
    ],
  ])("refuses %s in the parser's words", (text, message) => {
    const given = toPlain(parseLiteral(text)) as object;
    const rest = Object.entries(minimal)
      .filter(([key]) => !(key in given))
      .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    expect(refusal(`{${[text.slice(1, -1), ...rest].join(", ")}}`)).toBe(message);
  });

  it("lets typos in loss_config pass, because nobody types that part", () => {
    expect(decode({ ot: { loss_config: { regg: 1 } } })).toMatchObject({ ot: { loss_config: { regg: 1 } } });
  });
});

describe("parseArguments", () => {
  it("reads both forms, but recognises only --config_path=PATH", () => {
    expect(parseArguments(["--config_path=a.json", "--steps", "20", "--wandb.mode=offline"])).toMatchObject({
      configPath: "a.json",
      isConfigPathRecognised: true,
      overrides: [
        { path: ["steps"], value: { value: 20, isInt: true } },
        { path: ["wandb", "mode"], value: "offline" },
      ],
    });
    expect(parseArguments(["--config_path", "a.json"])).toMatchObject({ isConfigPathRecognised: false });
  });

  it("completes a unique abbreviation", () => {
    expect(parseArguments(["--step=7"]).overrides[0]?.path).toEqual(["steps"]);
  });

  it.each([
    [["--wandb.group=x"], "unrecognized arguments: --wandb.group=x"],
    [["--ot.loss_config.reg=.3"], "unrecognized arguments: --ot.loss_config.reg=.3"],
    [["--resume"], "argument --resume: expected one argument"],
  ])("ends with exit code 2 for %s", (argv, message) => {
    expect(() => parseArguments(argv)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringContaining(`lerobot_train.py: error: ${message}`),
      }),
    );
  });

  it("merges an object override deeply and keeps the features", () => {
    const raw = parseLiteral('{"ot": {"loss_config": {"reg": 0.1, "features": [1]}}}');
    const changed = override(raw, { path: ["ot", "loss_config"], value: parseLiteral('{"reg": 0.3}') });
    expect(toPlain(changed)).toEqual({ ot: { loss_config: { reg: 0.3, features: [1] } } });
  });
});
