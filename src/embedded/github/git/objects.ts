import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AnswerReader, oneLine, openGitPipe } from "./pipe.ts";
import type { GitDir } from "./run.ts";

export interface GitObject {
  readonly sha: string;
  readonly type: string;
  readonly size: number;
}

export interface TreeEntry {
  readonly mode: string;
  readonly type: "blob" | "tree" | "commit";
  readonly name: string;
  readonly sha: string;
}

/** The object database, read and written through long-lived git processes. */
export interface GitObjects {
  /** Any revision expression: a name of a ref, an id, `rev:path`. */
  stat(revision: string): Promise<GitObject | undefined>;
  read(revision: string): Promise<(GitObject & { readonly content: Buffer }) | undefined>;
  readTree(revision: string): Promise<readonly TreeEntry[]>;
  writeBlob(content: Buffer): Promise<string>;
  writeTree(entries: readonly TreeEntry[]): Promise<string>;
  close(): Promise<void>;
}

export function openGitObjects(git: GitDir, scratch: string): GitObjects {
  const contents = openGitPipe(git, ["cat-file", "--batch"]);
  const headers = openGitPipe(git, ["cat-file", "--batch-check"]);
  const hashing = openGitPipe(git, ["hash-object", "-w", "--stdin-paths", "--no-filters"]);
  const trees = openGitPipe(git, ["mktree", "-z", "--batch"]);

  const read: GitObjects["read"] = async (revision) =>
    askable(revision) ? contents.ask(`${revision}\n`, wholeObject) : undefined;

  return {
    read,
    stat: async (revision) => (askable(revision) ? headers.ask(`${revision}\n`, header) : undefined),
    readTree: async (revision) => {
      // Behind a colon everything is a path, so only a plain revision can be peeled.
      const tree = await read(revision.includes(":") ? revision : `${revision}^{tree}`);
      return tree?.type === "tree" ? parseTree(tree.content, tree.sha.length / 2) : [];
    },
    writeBlob: async (content) => {
      const path = join(scratch, randomUUID());
      await writeFile(path, content);
      try {
        return await hashing.ask(`${path}\n`, oneLine);
      } finally {
        await rm(path);
      }
    },
    writeTree: (entries) => {
      const lines = entries.map(({ mode, type, sha, name }) => `${mode} ${type} ${sha}\t${name}\0`);
      return trees.ask(`${lines.join("")}\0`, oneLine);
    },
    close: async () => {
      await Promise.all([contents.close(), headers.close(), hashing.close(), trees.close()]);
    },
  };
}

/** A question is one line; a name with a line break would shift every later answer by one. */
function askable(revision: string): boolean {
  return revision !== "" && [...revision].every((character) => character >= " ");
}

const header: AnswerReader<GitObject | undefined> = (printed) => {
  const line = oneLine(printed);
  return line === "incomplete" ? line : { value: parseHeader(line.value), length: line.length };
};

const wholeObject: AnswerReader<(GitObject & { readonly content: Buffer }) | undefined> = (printed) => {
  const line = oneLine(printed);
  if (line === "incomplete") return line;
  const object = parseHeader(line.value);
  if (object === undefined) return { value: undefined, length: line.length };
  const end = line.length + object.size;
  if (printed.length < end + 1) return "incomplete";
  return { value: { ...object, content: Buffer.from(printed.subarray(line.length, end)) }, length: end + 1 };
};

/** `<sha> <type> <size>`; anything else (`missing`, `ambiguous`) means there is no such object. */
function parseHeader(line: string): GitObject | undefined {
  const found = /^([0-9a-f]{40,64}) (blob|tree|commit|tag) (\d+)$/.exec(line);
  if (found === null) return undefined;
  const [, sha = "", type = "", size = ""] = found;
  return { sha, type, size: Number(size) };
}

function parseTree(content: Buffer, idBytes: number): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(0x20, at);
    const nul = content.indexOf(0x00, space);
    const mode = content.toString("latin1", at, space).padStart(6, "0");
    const sha = content.toString("hex", nul + 1, nul + 1 + idBytes);
    entries.push({ mode, type: typeOfMode(mode), name: content.toString("utf8", space + 1, nul), sha });
    at = nul + 1 + idBytes;
  }
  return entries;
}

export function typeOfMode(mode: string): TreeEntry["type"] {
  if (mode === "040000") return "tree";
  return mode === "160000" ? "commit" : "blob";
}
