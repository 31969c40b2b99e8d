/** Files that a configuration names and the trainer opens only after W&B knows the run (trainer facts 9). */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { hasCode } from "../atomic-file.ts";

/** All that is missing, with what to do about it; null: everything that can be looked at is there. */
export async function missingData(config: JsonObject, cwd: string): Promise<string | null> {
  const looks = named(config).map(async (each) => ({
    ...each,
    found: await kindOf(resolve(cwd, each.path)),
  }));
  const missing = (await Promise.all(looks)).filter(({ kind, found }) => found !== kind);
  if (missing.length === 0) return null;
  const listed = missing.map(
    ({ name, path, kind }) => `\`${name}\` is ${path}, and there is no such ${kind}`,
  );
  const pairs = missing.some(({ kind }) => kind === "file") ? " (pair data are not in the clone's git)" : "";
  return `${listed.join("; ")}, seen from ${cwd}. Put the data there${pairs}, or give the round up: what was merged is trained as it is, so revert its merge, correct the path in the template and let the next round in.`;
}

interface Named {
  readonly name: string;
  readonly path: string;
  readonly kind: "file" | "folder";
}

function named(config: JsonObject): readonly Named[] {
  const { dataset, ot } = config;
  const usesOt = usesTransport(config);
  const all: readonly (readonly [string, Json | undefined, Named["kind"]])[] = [
    ["dataset.root", field(dataset, "root"), "folder"],
    ["ot.src_root", usesOt ? field(ot, "src_root") : undefined, "folder"],
    ["ot.pair_info_path", usesOt ? field(ot, "pair_info_path") : undefined, "file"],
  ];
  return all.flatMap(([name, path, kind]) => (typeof path === "string" ? [{ name, path, kind }] : []));
}

export function usesTransport({ ot }: JsonObject): boolean {
  return field(ot, "enable") === true;
}

function field(group: Json | undefined, name: string): Json | undefined {
  return isJsonObject(group) ? group[name] : undefined;
}

/** Also what cannot be a path at all: it bars its own trial, not the others. */
const NOWHERE = ["ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"];

async function kindOf(path: string): Promise<Named["kind"] | null> {
  try {
    const found = await stat(path);
    return found.isDirectory() ? "folder" : "file";
  } catch (error) {
    if (hasCode(error, NOWHERE)) return null;
    throw error;
  }
}
