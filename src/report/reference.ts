import { markdownTable } from "markdown-table";
import * as z from "zod";
import type { RuleSetName } from "../judgement/analysis.ts";
import { FINDINGS } from "../judgement/finding-catalogue.ts";
import { ruleSet } from "../judgement/prescribe.ts";
import { type Rule, regionOf } from "../judgement/rules.ts";
import { DEFAULT_THRESHOLDS, Thresholds } from "../judgement/thresholds.ts";
import { DEFAULT_TRUST, type Region, Trust } from "../judgement/trust.ts";
import { WORDS } from "./reference-words.ts";

/**
 * Markdown reference of all findings, all rules of both sets and the numbers that they depend on, from the data that the
 * program itself runs on. English. Everything in it is ours, so nothing is escaped but the bars of tables.
 */
export function renderReference(): string {
  return [
    "Every finding carries its window and its numbers. Numbers below are the defaults of `thresholds`. From a summary file the same is",
    "said from its single readings, with low confidence.",
    "",
    wordTable(),
    "",
    findingTable(),
    "",
    "`calibrated` computes its steps and stays inside the trust regions (`trust`): a value never leaves its bounds and moves by no more than",
    "the factor in one round. `plan` takes the plan's fixed steps. A rule that turns OT knobs leaves imitation alone, and the other way",
    "round. Nothing is bred from runs that are invalid, crashed, diverged or too short, and from a dead or broken plan only what revives it.",
    "Predictions are checked when the trial is in; the record of each rule stands in the report and in later pull requests.",
    "",
    ruleTable(),
    "",
    "### Numbers",
    "",
    settingTable("thresholds", Thresholds, DEFAULT_THRESHOLDS),
    "",
    settingTable("trust", Trust, DEFAULT_TRUST),
  ].join("\n");
}

function wordTable(): string {
  return tableOf([["word", "meaning"], ...Object.entries(WORDS).map((entry) => [...entry])]);
}

function findingTable(): string {
  return tableOf([
    ["finding", "severity", "means", "appears"],
    ...Object.entries(FINDINGS).map(([code, { severities, means, when }]) => [
      `\`${code}\``,
      severities.join(", "),
      filled(means, DEFAULT_THRESHOLDS),
      filled(when, DEFAULT_THRESHOLDS),
    ]),
  ]);
}

function ruleTable(): string {
  const sets: readonly RuleSetName[] = ["calibrated", "plan"];
  return tableOf([
    ["rule", "set", "answers", "does", "moves", "predicts"],
    ...sets.flatMap((set) =>
      ruleSet(set).map((rule) => [
        `\`${rule.id}\``,
        set,
        rule.answers.map((code) => `\`${code}\``).join(", "),
        filled(rule.does, DEFAULT_TRUST),
        rule.knobs.map((knob) => moves(knob, rule)).join("; "),
        rule.predicts === null ? "–" : `\`${rule.predicts}\``,
      ]),
    ),
  ]);
}

/** A knob with how far the rule may move it: `reg` 0.001–5, ×6. */
function moves(knob: string, { step }: Rule): string {
  const name = `\`${knob}\``;
  const region = step === "fixed" ? null : regionOf(DEFAULT_TRUST, knob);
  if (region === null) return knob.endsWith("]") ? `${name} (removed)` : name;
  const factor = step === "cure" && knob.includes("loss_config") ? DEFAULT_TRUST.break_factor : region.factor;
  return `${name} ${bounds(region)}, ×${factor}`;
}

function bounds({ min, max }: Region): string {
  return `${written(min)}–${written(max)}`;
}

/** `{mass.low}` is the number at that path, `{mass.low:percent}` the same of a share. */
function filled(template: string, numbers: object): string {
  return template.replace(/\{([\w.]+)(:percent)?\}/g, (_blank, path: string, percent?: string) => {
    const value = path
      .split(".")
      .reduce<unknown>((here, key) => (isRecord(here) ? here[key] : undefined), numbers);
    if (typeof value !== "number") throw new RangeError(`There is no number at ${path}.`);
    return percent ? `${written(value * 100)} %` : written(value);
  });
}

/** Every number of a settings block with its default and what it means; a trust region is one row. */
function settingTable(name: string, schema: z.ZodType, defaults: object): string {
  const described = z.toJSONSchema(schema, { io: "input" });
  return tableOf([["setting", "default", "meaning"], ...settingRows(name, described, defaults)]);
}

function settingRows(path: string, schema: unknown, value: unknown): string[][] {
  const { properties, description } = Described.parse(schema);
  if (!properties || !isRecord(value) || description !== undefined)
    return [[`\`${path}\``, written(value), description ?? ""]];
  return Object.entries(properties).flatMap(([key, inner]) =>
    settingRows(`${path}.${key}`, inner, value[key]),
  );
}

const Described = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  description: z.string().optional(),
});

function written(value: unknown): string {
  if (typeof value === "number") return Math.abs(value) < 1e-3 ? value.toExponential() : String(value);
  if (!isRecord(value)) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${written(inner)}`)
    .join(", ");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  return markdownTable(escaped, { alignDelimiters: false });
}
