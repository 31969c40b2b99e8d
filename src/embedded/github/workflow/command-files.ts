import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The files by which a step talks back to the runner. */
export interface CommandFiles {
  readonly output: string;
  readonly env: string;
  readonly path: string;
  readonly state: string;
  readonly summary: string;
}

export async function createCommandFiles(temp: string): Promise<CommandFiles> {
  const folder = join(temp, "_runner_file_commands");
  await mkdir(folder, { recursive: true });
  const id = randomUUID();
  const create = async (name: string): Promise<string> => {
    const path = join(folder, `${name}_${id}`);
    await writeFile(path, "");
    return path;
  };
  return {
    output: await create("set_output"),
    env: await create("set_env"),
    path: await create("add_path"),
    state: await create("save_state"),
    summary: await create("step_summary"),
  };
}

/** `name=value` lines and `name<<DELIMITER` blocks; throws on anything else, which fails the step. */
function parseCommandFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const heredoc = /^([^=]+?)<<(.+)$/.exec(line);
    if (heredoc !== null) {
      const [, name = "", delimiter = ""] = heredoc;
      const end = lines.indexOf(delimiter, at + 1);
      if (end === -1) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      values[name] = lines.slice(at + 1, end).join("\n");
      at = end;
      continue;
    }
    const equals = line.indexOf("=");
    if (equals < 1) throw new Error(`Invalid format '${line}'`);
    values[line.slice(0, equals)] = line.slice(equals + 1);
  }
  return values;
}

export async function readCommandFile(path: string): Promise<Record<string, string>> {
  return parseCommandFile(await readFile(path, "utf8"));
}

const LARGEST_SUMMARY = 1024 * 1024;

/** The summary of a step; one above 1 MiB is not cut but lost (github facts 2). */
export async function readSummary(
  path: string,
): Promise<{ readonly text: string } | { readonly refused: string }> {
  const bytes = await readFile(path);
  if (bytes.length <= LARGEST_SUMMARY) return { text: bytes.toString("utf8") };
  const size = Math.ceil(bytes.length / 1024);
  return {
    refused: `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${size}k. For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary`,
  };
}
