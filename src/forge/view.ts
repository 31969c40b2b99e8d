import picomatch from "picomatch";
import { AutoloopError } from "../errors.ts";
import type { RepositoryReader, Tree } from "./forge.ts";

/** One state of a repository's files, on the forge or in a folder. Paths have forward slashes and no leading one. */
export interface RepositoryView {
  readonly paths: readonly string[];
  /** Paths that are symbolic links: never read, never written. */
  readonly links: ReadonlySet<string>;
  /** The contents of those of `paths` that exist. */
  readonly read: (paths: Iterable<string>) => Promise<ReadonlyMap<string, Uint8Array>>;
}

/** A view of one commit. Nothing is fetched before it is asked for. */
export function viewOfTree({ reader, tree }: { reader: RepositoryReader; tree: Tree }): RepositoryView {
  return {
    paths: [...tree.files.keys()],
    links: new Set([...tree.files].filter(([, { mode }]) => mode === "120000").map(([path]) => path)),
    read: async (paths) => {
      const wanted = [...paths].flatMap((path) => {
        const file = tree.files.get(path);
        return file ? [{ path, file }] : [];
      });
      refuseLinks(wanted.filter(({ file }) => file.mode === "120000").map(({ path }) => path));
      const blobs = await reader.blobs(wanted.map(({ file }) => file.blob));
      return new Map(wanted.map(({ path, file }) => [path, blobs.get(file.blob) ?? new Uint8Array()]));
    },
  };
}

export function refuseLinks(paths: readonly string[]): void {
  const [path] = paths;
  if (path !== undefined) {
    throw new AutoloopError("input.symbolic-link", {
      what: `${path} is a symbolic link.`,
      next: "Replace it with a regular file; autoloop neither reads nor writes through links.",
    });
  }
}

/** The content of one file as text; null when it does not exist. */
export async function readText(view: RepositoryView, path: string): Promise<string | null> {
  const content = (await view.read([path])).get(path);
  return content === undefined ? null : Buffer.from(content).toString("utf8");
}

/** Paths that match any of the globs, in the order of the globs, each group sorted. `*` stays within a folder, `**` does not. */
export function matchPaths(view: RepositoryView, globs: readonly string[]): string[] {
  const matching = (glob: string) => {
    const matches = picomatch(glob);
    return view.paths.filter((path) => matches(path)).sort();
  };
  return [...new Set(globs.flatMap(matching))];
}
