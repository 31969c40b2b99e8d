import { AutoloopError } from "../errors.ts";
import type { Committed, Tree } from "../forge/forge.ts";
import type { House } from "../house.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { type MergedFile, parseManifest } from "../rounds/approval.ts";
import type { Manifest } from "../rounds/manifest.ts";
import { parseLenientJson } from "../wire/lenient-json.ts";
import { manifestPath } from "./world.ts";

/** What looking into commits needs. */
export interface Reading {
  readonly forge: Pick<House["forge"], "reader">;
}

export async function readFile(house: Reading, tree: Tree | null, path: string): Promise<Uint8Array | null> {
  const file = tree?.files.get(path);
  return file ? ((await house.forge.reader.blobs([file.blob])).get(file.blob) ?? null) : null;
}

/**
 * A round's manifest as one commit has it. Bytes that are no manifest are kept: what is wrong with them is to be said. Null: it is
 * not there, or not a plain file; what a link names is nothing that anybody approved.
 */
export async function manifestIn(
  house: Reading & Pick<House, "settings">,
  tree: Tree | null,
  round: string,
): Promise<{ readonly bytes: Uint8Array | null; readonly manifest: Manifest | null }> {
  const path = manifestPath(house, round);
  const bytes = tree?.files.get(path)?.mode === "100644" ? await readFile(house, tree, path) : null;
  return { bytes, manifest: bytes && parseManifest(bytes) };
}

/** The configurations that a manifest names, as one commit has them. */
export async function variantFiles(
  house: Reading,
  tree: Tree | null,
  manifest: Manifest | null,
): Promise<ReadonlyMap<string, MergedFile>> {
  const named = (manifest?.variants ?? []).flatMap(({ path }) => {
    const file = tree?.files.get(path);
    return file ? [{ path, file }] : [];
  });
  const blobs = await house.forge.reader.blobs(named.map(({ file }) => file.blob));
  return new Map(
    named.map(({ path, file }) => [path, { ...file, bytes: blobs.get(file.blob) ?? new Uint8Array() }]),
  );
}

/** Configurations as they were proposed, by variant; those that cannot be read any more are left out. */
export async function proposedConfigs(
  house: Reading & Pick<House, "settings">,
  { commit, round }: { commit: string | null; round: string },
): Promise<ReadonlyMap<string, JsonObject>> {
  const tree = commit === null ? null : await house.forge.reader.tree({ commit });
  const { manifest } = await manifestIn(house, tree, round);
  const files = await variantFiles(house, tree, manifest);
  return new Map(
    (manifest?.variants ?? []).flatMap(({ id, path }): [string, JsonObject][] => {
      const config = configOf(files.get(path)?.bytes);
      return config ? [[id, config]] : [];
    }),
  );
}

/** null: not a JSON object. */
export function configOf(bytes: Uint8Array | undefined): JsonObject | null {
  if (!bytes) return null;
  try {
    const config = parseLenientJson(Buffer.from(bytes).toString("utf8"));
    return isJsonObject(config) ? config : null;
  } catch {
    return null;
  }
}

/** Why a branch of ours could not be moved. */
export function notWritten(branch: string, committed: Exclude<Committed, { kind: "moved" }>): AutoloopError {
  return committed.kind === "refused"
    ? new AutoloopError("forge.protected", {
        what: `The branch ${branch} is protected: ${committed.reason}`,
        next: "Let the branches autoloop/* out of the protection rules; only rounds need a review.",
      })
    : new AutoloopError("forge.round-branch", {
        what: `Somebody else is writing the branch ${branch}.`,
        next: "Run again; nothing is done twice.",
      });
}
