import { describe, expect, it } from "vitest";
import { nightOf } from "../src/commands/launch-rules.ts";
import { AutoloopError } from "../src/errors.ts";
import { parseSettings } from "../src/settings.ts";

const parse = (text: string) => parseSettings({ path: ".github/autoloop.yml", text });
const refusal = (text: string) => {
  try {
    parse(text);
  } catch (thrown) {
    if (thrown instanceof AutoloopError) return thrown;
  }
  throw new Error("These settings were accepted.");
};

describe("settings", () => {
  it("hold the plan's numbers where nothing is said", () => {
    for (const settings of [parseSettings(null), parse(""), parse("mode: report")]) {
      expect(settings).toMatchObject({
        mode: "report",
        rules: "calibrated",
        max_variants: 3,
        trainer: { steps: 2000, eval_freq: 200, log_freq: 50 },
        gpus: { max_concurrency: 4, cpu_slots: 0 },
        thresholds: { l1: { fall: 0.4 }, mass: { good_from: 0.05, good_to: 0.3 } },
      });
    }
  });

  it("take an evaluation and a log line that come with the last step", () => {
    const { trainer } = parse("trainer: {steps: 100, eval_freq: 100, log_freq: 100}");
    expect(trainer).toMatchObject({ steps: 100, eval_freq: 100, log_freq: 100 });
  });

  it.each([
    ["modes: train", 'there is no setting "modes"'],
    ["trainer: {log_frq: 5}", 'there is no setting "trainer.log_frq"'],
    ["mode: nightly", "mode: must be one of report, propose, train"],
    ["max_variants: 4", "max_variants"],
    ["timezone: Peking", "timezone: an IANA time zone such as Asia/Shanghai"],
    ["paths: {reports: ../elsewhere}", "paths.reports: a folder inside the repository"],
    ["paths: {configs: .github/workflows}", "paths.configs"],
    ["paths: {reports: a/.GitHub}", "paths.reports"],
    ["paths: {reports: 'a\\..\\b'}", "paths.reports"],
    ["paths: {report: ../act_ot.md}", "paths.report"],
    ["family: a..b", "family"],
    ["family: con.x", "family"],
    ["family: 'Großes Modell'", "family"],
    ["trainer: {steps: 2000.5}", "trainer.steps"],
    [
      "trainer: {eval_freq: 5000}",
      "trainer.eval_freq: 5000 is more than trainer.steps (2000): no evaluation would come",
    ],
    ["trainer: {steps: 100}", "trainer.eval_freq: 200 is more than trainer.steps (100)"],
    [
      "trainer: {log_freq: 2001}",
      "trainer.log_freq: 2001 is more than trainer.steps (2000): nothing would be logged",
    ],
    ["seeds: [42, 87, 42]", "seeds: each seed once: 42 stands more than once"],
    ["trust: {reg: {min: 9, max: 1}}", "trust.reg: these must rise: min (9) ≤ max (1)"],
    ["trust: {reg: {min: 9}}", "trust.reg: these must rise: min (9) ≤ max (5)"],
    ["trust: {tau: {max: 0}}", "trust.tau.max"],
    ["thresholds: {mass: {low: 0.4}}", "thresholds.mass: these must rise: dead (0.000001) ≤ low (0.4)"],
    ["thresholds: {mass: {good_from: 0.3, good_to: 0.05}}", "good_from (0.3) ≤ good_to (0.05)"],
    ["thresholds: {mass: {least: 50}}", "least (50) ≤ pool (30)"],
    [
      "thresholds: {cost: {from: 3000, to: 1000}}",
      "thresholds.cost: these must rise: from (3000) ≤ to (1000)",
    ],
    [
      "trainer: {defaults: {ot.nonsense: 1}}",
      'trainer.defaults.ot.nonsense: the trainer\'s configuration has no field "nonsense" there',
    ],
    ["trainer: {defaults: {ot.bc_src_wieght: 0.9}}", 'did you mean "bc_src_weight"?'],
    ["trainer: {defaults: {ot.bc_src_weight: high}}", "the trainer takes a finite number or null there"],
    [
      "trainer: {defaults: {batch_size: 8.5}}",
      "trainer.defaults.batch_size: the trainer takes an integer there",
    ],
    ["trainer: {defaults: {'ot..reg': 1}}", 'has no field "ot..reg" there'],
    ["trainer: {defaults: {ot: 1}}", "trainer.defaults.ot: the trainer takes a block"],
    [
      "trainer: {env: [TOKENIZERS_PARALLELISM, GITHUB_TOKEN]}",
      "trainer.env.1: a training must not see the tokens",
    ],
    ["trainer: {env: [gh_token]}", "trainer.env.0: a training must not see the tokens"],
    ["trainer: {env: ['A B']}", "trainer.env.0: the name of an environment variable"],
    [
      "trainer: {env: [CHAT]}\nnotify: {webhook: {kind: slack, url_env: CHAT}}",
      "trainer.env: a training must not see the address of the chat",
    ],
    ["mode: report\nmode: train", ".github/autoloop.yml:2"],
    ["gpus: [", ".github/autoloop.yml:1"],
  ])("refuse %j and say where", (text, said) => {
    const error = refusal(text);
    expect(error.message).toContain(said);
    expect(error.exitCode).toBe(2);
  });
});

describe("the trainer's defaults", () => {
  it.each([
    ["ot.bc_src_weight", 0.9],
    ["policy.push_to_hub", false],
    ["policy.optimizer_lr", 1e-5],
    ["optimizer.lr", 1e-5],
    ["ot.loss_config.heuristic", true],
    ["dataset.image_transforms.tfs.affine.weight", 1],
    ["seed", null],
  ])("take %s: %j", (path, value) => {
    const text = JSON.stringify({ trainer: { defaults: { [path]: value } } });
    expect(parseSettings({ path: "autoloop.yml", text }).trainer.defaults).toEqual({ [path]: value });
  });
});

describe("the GPUs' night", () => {
  it("has hours in the settings' time zone, and what it does not say is as by day", () => {
    const text =
      'timezone: Asia/Shanghai\ngpus: { leave_free: 1, night: { hours: "22:00-08:00", max_concurrency: 8 } }';
    expect(nightOf(parseSettings({ path: "autoloop.yml", text }))).toEqual({
      hours: { start: 1320, end: 480, timeZone: "Asia/Shanghai" },
      maxConcurrency: 8,
      leaveFree: 1,
    });
    expect(nightOf(parseSettings(null))).toBeUndefined();
  });

  it("has to be hours", () => {
    const text = "gpus: { night: { hours: late } }";
    expect(() => parseSettings({ path: "autoloop.yml", text })).toThrow("gpus.night.hours");
  });
});
