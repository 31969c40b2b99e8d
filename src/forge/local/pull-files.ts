import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { AutoloopError } from "../../errors.ts";
import type { Git } from "./git.ts";

/** What git has no place for: `<git dir>/autoloop/pulls/<number>.json`. Whether it is merged is read from git alone. */
export const PullFile = z.strictObject({
  schema: z.literal("autoloop/local-pull@1"),
  number: z.int().positive(),
  branch: z.string(),
  base: z.string(),
  title: z.string(),
  body: z.string(),
  /** The branch's commit when it was opened: known also after the branch was deleted. */
  opened: z.string().regex(/^[0-9a-f]{40}$/),
  replies: z.array(z.string()),
});
export type PullFile = z.infer<typeof PullFile>;

export interface PullFiles {
  /** null: there is none of that number. */
  readonly read: (number: number) => Promise<PullFile | null>;
  readonly write: (pull: PullFile) => Promise<void>;
}

export function pullFiles(git: Git): PullFiles {
  const folder = join(git.dir, "autoloop", "pulls");
  const pathOf = (number: number) => join(folder, `${number}.json`);
  return {
    read: async (number) => {
      const text = await readFile(pathOf(number), "utf8").catch((thrown: unknown) => {
        if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return null;
        throw thrown;
      });
      return text === null ? null : parsePull(text, pathOf(number));
    },
    write: async (pull) => {
      await mkdir(folder, { recursive: true });
      const draft = join(folder, `.${randomUUID()}.tmp`);
      await writeFile(draft, `${JSON.stringify(PullFile.parse(pull), null, 2)}\n`, { flush: true });
      await rename(draft, pathOf(pull.number));
    },
  };
}

function parsePull(text: string, path: string): PullFile {
  try {
    return PullFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new AutoloopError("forge.pull-file", {
      what: `${path} is not a file that autoloop wrote.`,
      next: "Delete it; the round's branch and the ledger hold everything but its description.",
      cause,
    });
  }
}
