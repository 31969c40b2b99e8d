import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { check } from "../../src/commands/check.ts";
import { exampleText } from "../judgement/example-config.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "autoloop-check-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("check", () => {
  it("mends what it can and still reports a file that is no JSON", async () => {
    const [whole, torn] = [join(folder, "whole.json"), join(folder, "torn.json")];
    await writeFile(whole, `\ufeff${exampleText.replace('"batch_size": 8', '"batch_size": 8.0')}`);
    await writeFile(torn, "{ oops");
    const result = await check({ files: [torn, whole], fork: "train-logging", defaults: {}, fix: true });
    expect(result.files.map(({ launchable }) => launchable)).toEqual([false, false]);
    expect(result.fixed.map(({ path, fixes }) => [path, fixes.length])).toEqual([[whole, 2]]);
    expect((await readdir(folder)).sort()).toEqual(["torn.json", "whole.fixed.json", "whole.json"]);
  });
});
