import type { GitObjects, TreeEntry } from "./objects.ts";

/** One requested change: an entry to put at `path`, or null to remove what is there. */
export interface TreeChange {
  readonly path: string;
  readonly entry: Omit<TreeEntry, "name"> | null;
}

interface Folder {
  readonly entries: Map<string, TreeEntry>;
  readonly changes: Map<string, Folder>;
}

/** Writes the tree `base` (undefined = empty) with the changes; `{missing}` when a removal names nothing. */
export async function editTree(
  objects: GitObjects,
  base: string | undefined,
  changes: readonly TreeChange[],
): Promise<{ readonly sha: string } | { readonly missing: string }> {
  const root = await openFolder(objects, base);
  for (const change of changes) {
    const done = await apply(objects, root, change);
    if (!done) return { missing: change.path };
  }
  return { sha: (await writeFolder(objects, root)) ?? (await objects.writeTree([])) };
}

async function openFolder(objects: GitObjects, tree: string | undefined): Promise<Folder> {
  const entries = tree === undefined ? [] : await objects.readTree(tree);
  return { entries: new Map(entries.map((entry) => [entry.name, entry])), changes: new Map() };
}

async function apply(objects: GitObjects, root: Folder, change: TreeChange): Promise<boolean> {
  const segments = change.path.split("/");
  const name = segments.pop() ?? "";
  let folder = root;
  for (const segment of segments) {
    let next = folder.changes.get(segment);
    if (next === undefined) {
      const existing = folder.entries.get(segment);
      next = await openFolder(objects, existing?.type === "tree" ? existing.sha : undefined);
      folder.changes.set(segment, next);
    }
    folder = next;
  }
  folder.changes.delete(name);
  if (change.entry === null) return folder.entries.delete(name);
  folder.entries.set(name, { ...change.entry, name });
  return true;
}

/** The folder's tree, or undefined when nothing is left in it: git has no empty folders. */
async function writeFolder(objects: GitObjects, folder: Folder): Promise<string | undefined> {
  for (const [name, child] of folder.changes) {
    const sha = await writeFolder(objects, child);
    if (sha === undefined) folder.entries.delete(name);
    else folder.entries.set(name, { mode: "040000", type: "tree", name, sha });
  }
  if (folder.entries.size === 0) return undefined;
  return objects.writeTree([...folder.entries.values()]);
}

/** Every entry below a tree with its full path; folders before their content, as the API lists them. */
export async function walkTree(
  objects: GitObjects,
  tree: string,
  prefix = "",
): Promise<(TreeEntry & { readonly path: string })[]> {
  const found: (TreeEntry & { readonly path: string })[] = [];
  for (const entry of await objects.readTree(tree)) {
    const path = `${prefix}${entry.name}`;
    found.push({ ...entry, path });
    if (entry.type === "tree") found.push(...(await walkTree(objects, entry.sha, `${path}/`)));
  }
  return found;
}

/** Components that git or a checkout would refuse; the API answers "malformed path component". */
export function isMalformedPath(path: string): boolean {
  return path
    .split("/")
    .some(
      (part) =>
        part === "" || part === "." || part === ".." || part.toLowerCase() === ".git" || part.includes("\0"),
    );
}
