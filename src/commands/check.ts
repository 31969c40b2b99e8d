import { readFile, writeFile } from "node:fs/promises";
import { AutoloopError, messageOf } from "../errors.ts";
import { checkConfig } from "../judgement/trainer-config.ts";
import { fixConfig } from "../judgement/trainer-fix.ts";
import type { ForkProfile } from "../judgement/trainer-schema.ts";
import type { CheckedFile, CheckResult, FixedFile } from "../report/models.ts";
import type { Settings } from "../settings.ts";
import { parseJsonTree } from "../wire/json-literals.ts";

export interface CheckOptions {
  readonly files: readonly string[];
  readonly fork: ForkProfile;
  readonly defaults: Settings["trainer"]["defaults"];
  /** Write a corrected copy `<name>.fixed.json` beside each file where a correction is certain. */
  readonly fix: boolean;
}

/** Would the trainer accept these files? */
export async function check(
  options: CheckOptions,
): Promise<CheckResult & { readonly fixed: readonly FixedFile[] }> {
  const { fork, defaults } = options;
  const sources = await Promise.all(
    options.files.map(async (path) => ({ path, text: await readConfigFile(path) })),
  );
  const files = sources.map(
    ({ path, text }): CheckedFile => ({ path, ...checkConfig({ text, fork, defaults }) }),
  );
  // What is wrong with a text that is no JSON is said already, and nothing in it is certain.
  const fixable = options.fix ? sources.filter(({ text }) => isJson(text)) : [];
  const fixed = await Promise.all(fixable.map((source) => writeFixed(source, options)));
  return { fork, files, fixed: fixed.flatMap((file) => file ?? []) };
}

function isJson(text: string): boolean {
  try {
    parseJsonTree(text.replace(/^\ufeff/, ""));
    return true;
  } catch (thrown) {
    if (!(thrown instanceof AutoloopError)) throw thrown;
    return false;
  }
}

async function writeFixed(
  { path, text }: { path: string; text: string },
  { fork, defaults }: CheckOptions,
): Promise<FixedFile | null> {
  const { text: corrected, fixes } = fixConfig({ text, fork, defaults });
  if (fixes.length === 0) return null;
  const copy = path.replace(/(\.json)?$/, ".fixed.json");
  const { errors } = checkConfig({ text: corrected, fork, defaults });
  return { path, copy, fixes, errors, ...(await writeCopy(copy, corrected)) };
}

/** Never over what stands there: it may be a person's. Other files go on, so this is a result and no error. */
async function writeCopy(copy: string, content: string): Promise<Pick<FixedFile, "state" | "why">> {
  try {
    await writeFile(copy, content, { flag: "wx" });
    return { state: "written" };
  } catch (thrown) {
    const there = await readFile(copy, "utf8").catch(() => null);
    if (there === null) return { state: "unwritable", why: messageOf(thrown) };
    return { state: there === content ? "present" : "other" };
  }
}

async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new AutoloopError("arguments.no-file", {
      what: `${path} cannot be read.`,
      next: "Give an existing file.",
      cause,
    });
  }
}
