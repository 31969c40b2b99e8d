import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCarriedOutcomes } from "../../src/commands/carried-outcomes.ts";
import { outcome } from "../report/samples.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "autoloop-carried-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function read() {
  const notes: string[] = [];
  const outcomes = await readCarriedOutcomes(join(dir, "outcomes"), (note) => notes.push(note));
  return { trials: outcomes.map(({ trial }) => trial), notes };
}

describe("outcomes that an artifact carries", () => {
  const put = (name: string, text: string) => writeFile(join(dir, "outcomes", name), text);
  const real = JSON.stringify(outcome());
  beforeEach(async () => {
    await mkdir(join(dir, "outcomes"));
    await put("0007a-s42-1.json", real);
  });

  it("are read whatever lies beside them", async () => {
    await put("a.json", "{");
    await put("b.json", real);
    await put("c.json", JSON.stringify({ ...outcome(), more: 1 }));
    await put("readme.txt", real);
    await mkdir(join(dir, "outcomes", "d.json"));
    const { trials, notes } = await read();
    expect(trials).toEqual(["0007a-s42"]);
    expect(notes).toHaveLength(4);
    expect(notes[1]).toContain("under another name");
  });

  it("are none without a folder; one that cannot be read gives nothing up", async () => {
    await rm(join(dir, "outcomes"), { recursive: true });
    expect((await read()).trials).toEqual([]);
    await writeFile(join(dir, "outcomes"), "no folder");
    await expect(read()).rejects.toThrow("cannot be read: ENOTDIR");
  });

  it("are never read through a link", async () => {
    await writeFile(join(dir, "elsewhere.json"), real);
    await symlink(join(dir, "elsewhere.json"), join(dir, "outcomes", "a.json"));
    const { trials, notes } = await read();
    expect(trials).toHaveLength(1);
    expect(notes[0]).toContain("ELOOP");
  });

  it("are not waited for in a pipe", async () => {
    execFileSync("sh", ["-c", 'mkfifo "$0"', join(dir, "outcomes", "a.json")]);
    expect((await read()).notes[0]).toContain("no regular file");
  });

  it("are no larger than outcomes are", async () => {
    await put("a.json", real);
    await truncate(join(dir, "outcomes", "a.json"), 5_000_000);
    const { trials, notes } = await read();
    expect(trials).toHaveLength(1);
    expect(notes[0]).toContain("more than any outcome");
  });

  it("are none where there is no folder", async () => {
    await rm(join(dir, "outcomes"), { recursive: true });
    expect(await read()).toEqual({ trials: [], notes: [] });
  });
});
