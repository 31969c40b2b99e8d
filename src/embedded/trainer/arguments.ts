import { CONFIG_SCHEMA, type Group } from "./config-schema.ts";
import { isMap, type Literal, parseArgumentValue } from "./literal.ts";
import { PythonError } from "./python-error.ts";

export interface Arguments {
  /** The file to read; null = none given. */
  readonly configPath: string | null;
  /** Whether it came as `--config_path=PATH`: only that form is known when resuming (trainer facts 6). */
  readonly isConfigPathRecognised: boolean;
  /** In the order given; a later one wins. */
  readonly overrides: readonly Override[];
}

const PROGRAM = "lerobot_train.py";

/** Reads the trainer's command line as argparse does; a wrong one throws with exit code 2 and the usage as its message. */
export function parseArguments(argv: readonly string[]): Arguments {
  const flags = ["--help", "--config_path", ...flagsOf(CONFIG_SCHEMA, [])];
  const overrides: Override[] = [];
  const unrecognised: string[] = [];
  let configPath: string | null = null;
  let isConfigPathRecognised = false;

  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? "";
    const equals = argument.indexOf("=");
    const name = equals < 0 ? argument : argument.slice(0, equals);
    const flag = name.startsWith("--") ? completeFlag(name, flags) : undefined;
    if (flag === undefined) {
      unrecognised.push(argument);
      continue;
    }
    const following = argv[i + 1];
    if (equals < 0 && (following === undefined || following.startsWith("--"))) {
      throw usageError(`argument ${flag}: expected one argument`, flags);
    }
    const text = equals < 0 ? (following ?? "") : argument.slice(equals + 1);
    if (equals < 0) i++;
    if (flag === "--config_path") {
      configPath = text;
      isConfigPathRecognised = argument.startsWith("--config_path=");
    } else overrides.push({ path: flag.slice(2).split("."), value: parseArgumentValue(text) });
  }
  if (unrecognised.length > 0) throw usageError(`unrecognized arguments: ${unrecognised.join(" ")}`, flags);
  return { configPath, isConfigPathRecognised, overrides };
}

interface Override {
  readonly path: readonly string[];
  readonly value: Literal;
}

/** Puts an override into a raw configuration; objects merge deeply, everything else replaces. */
export function override(raw: Literal, { path, value }: Override): Literal {
  const [name, ...rest] = path;
  if (name === undefined) return merge(raw, value);
  const entries = new Map(isMap(raw) ? raw : []);
  entries.set(name, override(entries.get(name) ?? new Map(), { path: rest, value }));
  return entries;
}

function merge(raw: Literal, value: Literal): Literal {
  if (!isMap(raw) || !isMap(value)) return value;
  const merged = new Map(raw);
  for (const [key, item] of value) merged.set(key, merge(merged.get(key) ?? null, item));
  return merged;
}

function flagsOf(group: Group, path: readonly string[]): string[] {
  const own = group.choices ? [`--${[...path, "type"].join(".")}`] : [];
  const fields = Object.entries(group.fields).flatMap(([name, field]) => {
    const flag = `--${[...path, name].join(".")}`;
    return field.kind === "group" ? [flag, ...flagsOf(field, [...path, name])] : [flag];
  });
  return [...own, ...fields];
}

/** A flag may be abbreviated while it stays unique. */
function completeFlag(name: string, flags: readonly string[]): string | undefined {
  if (flags.includes(name)) return name;
  const matches = flags.filter((flag) => flag.startsWith(name));
  if (matches.length > 1) {
    throw usageError(`ambiguous option: ${name} could match ${matches.join(", ")}`, flags);
  }
  return matches[0];
}

function usageError(problem: string, flags: readonly string[]): PythonError {
  const lines = [`usage: ${PROGRAM} [-h]`];
  for (const flag of flags) {
    const part = `[${flag} str]`;
    const last = lines.length - 1;
    if ((lines[last] ?? "").length + part.length + 1 > 79) lines.push(`${" ".repeat(24)}${part}`);
    else lines[last] = `${lines[last]} ${part}`;
  }
  return new PythonError("SystemExit", `${lines.join("\n")}\n${PROGRAM}: error: ${problem}\n`);
}
