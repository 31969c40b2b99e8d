/** Would the trainer accept this file, and would it do what the file says? */

import { AutoloopError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { type JsonTree, jsonOf, parseJsonTree } from "../wire/json-literals.ts";
import { configHash } from "./canonical.ts";
import { fillConfig } from "./config-fill.ts";
import { error, type Issue, type Remark } from "./config-issues.ts";
import { valueAt } from "./config-path.ts";
import { viewOf } from "./config-view.ts";
import { allFinite } from "./plain-number.ts";
import { text } from "./texts.ts";
import { decodeIssues } from "./trainer-decode.ts";
import { generalIssues } from "./trainer-rules.ts";
import { otIssues } from "./trainer-rules-ot.ts";
import { FORK_PROFILES, type ForkProfile, trainerSchema } from "./trainer-schema.ts";

/** A file's text, or a value that never was one (see `treeOf`). */
export type ConfigSource = { readonly text: string } | { readonly tree: JsonTree };

export type CheckRequest = ConfigSource & {
  readonly fork: ForkProfile;
  /** Values that `fixConfig` would write where they are missing, by path; the errors name them. */
  readonly defaults?: Readonly<Record<string, Json>>;
};

export interface ConfigCheck {
  /** No error was found. What only the box can tell (missing data, an existing output directory) is not looked at. */
  readonly launchable: boolean;
  readonly errors: readonly Remark[];
  readonly warnings: readonly Remark[];
  /** `configHash` without overrides; null where there is no configuration to hash. */
  readonly hash: string | null;
}

/**
 * All that the trainer at this fork profile would refuse, at once, and all that it would silently take amiss. Errors of the
 * reader come first, then those of `ot`, then the others. Never throws: a text that is no JSON is an error of the file.
 */
export function checkConfig(request: CheckRequest): ConfigCheck {
  const { fork, defaults = {} } = request;
  const read = readSource(request);
  if (read.tree === null) return verdict({ issues: read.issues, hash: null });
  const config = jsonOf(read.tree);
  if (config === null || !isJsonObject(config)) {
    return verdict({ issues: [error("", "check.no-block")], hash: null });
  }
  const issues = [...read.issues, ...issuesOf({ tree: read.tree, config, fork })];
  return verdict({
    issues: issues.map((issue) => withRemedy(issue, defaults)),
    hash: allFinite(config) ? configHash(config, { fork }) : null,
  });
}

/** Is it one of the trainings that this tool is about: ACT with optimal transport switched on? */
export function isActWithOt(config: JsonObject): boolean {
  const enabled = valueAt(config, ["ot", "enable"]);
  return valueAt(config, ["policy", "type"]) === "act" && (enabled === true || enabled === "true");
}

interface Parsed {
  readonly tree: JsonTree;
  readonly config: JsonObject;
  readonly fork: ForkProfile;
}

function issuesOf({ tree, config, fork }: Parsed): readonly Issue[] {
  const schema = trainerSchema(fork);
  const view = viewOf(fillConfig(schema, config), FORK_PROFILES[fork]);
  const otIsRead = view.value("ot.enable") === true;
  const decoded = decodeIssues(schema, tree).map((issue): Issue => {
    const unread =
      issue.path.startsWith("ot.loss_config.") && !otIsRead && issue.message.key !== "check.not-finite";
    return unread ? { ...issue, severity: "warning" } : issue;
  });
  return [...decoded, ...otIssues(view), ...generalIssues(view)];
}

function readSource(source: ConfigSource): { tree: JsonTree | null; issues: readonly Issue[] } {
  if ("tree" in source) return { tree: source.tree, issues: [] };
  const mark = source.text.startsWith("\ufeff") ? [error("", "check.byte-order-mark")] : [];
  try {
    return { tree: parseJsonTree(source.text), issues: mark };
  } catch (thrown) {
    if (!(thrown instanceof AutoloopError)) throw thrown;
    return { tree: null, issues: [...mark, error("", "check.no-json", { what: thrown.what })] };
  }
}

function withRemedy(issue: Issue, defaults: Readonly<Record<string, Json>>): Issue {
  if (issue.severity !== "error" || !Object.hasOwn(defaults, issue.path)) return issue;
  const { key, values } = issue.message;
  const value = JSON.stringify(defaults[issue.path]);
  return { ...issue, message: text("check.with-default", { message: { key, values }, value }) };
}

function verdict({ issues, hash }: { issues: readonly Issue[]; hash: string | null }): ConfigCheck {
  const of = (severity: Issue["severity"]): readonly Remark[] =>
    issues.filter((issue) => issue.severity === severity).map(({ path, message }) => ({ path, message }));
  const errors = of("error");
  return { launchable: errors.length === 0, errors, warnings: of("warning"), hash };
}
