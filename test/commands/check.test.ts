import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { check } from "../../src/commands/check.ts";
import { renderFixed } from "../../src/report/terminal-fix.ts";
import { voiceIn } from "../../src/report/voice.ts";
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

  it("judges the copies that it writes, and what would still be refused is said of each", async () => {
    const [mended, still] = [join(folder, "mended.json"), join(folder, "still.json")];
    const decimal = exampleText.replace('"batch_size": 8', '"batch_size": 8.0');
    await writeFile(mended, decimal);
    await writeFile(still, decimal.replace('"steps": 2000', '"steps": "many"'));
    const { fixed } = await check({ files: [still, mended], fork: "train-logging", defaults: {}, fix: true });
    expect(fixed.map(({ errors }) => errors.map(({ path }) => path))).toEqual([["steps"], []]);
    const [en, zh] = (["en", "zh"] as const).map((language) =>
      fixed.map((file) => renderFixed(file, voiceIn(language))).join(""),
    );
    expect(en).toMatch(/still\.fixed\.json: batch_size 8\.0 → 8\n {2}still would not launch: steps: "many"/);
    expect(en).toMatch(/mended\.fixed\.json: batch_size 8\.0 → 8\n$/);
    expect(zh).toContain("仍无法启动：steps");
  });

  it("goes on where a copy stands already, and says of each file what became of it", async () => {
    const files = ["a.json", "b.json", "c.json"].map((name) => join(folder, name));
    const decimal = exampleText.replace('"batch_size": 8', '"batch_size": 8.0');
    for (const file of files) await writeFile(file, decimal);
    const again = (some: readonly string[]) =>
      check({ files: some, fork: "train-logging", defaults: {}, fix: true });
    await again(files.slice(0, 1));
    await writeFile(join(folder, "b.fixed.json"), "{}");
    const { files: checked, fixed } = await again(files);
    expect(checked).toHaveLength(3);
    expect(fixed.map(({ state }) => state)).toEqual(["present", "other", "written"]);
    expect(await readFile(join(folder, "b.fixed.json"), "utf8")).toBe("{}");
    const said = fixed.map((file) => renderFixed(file, voiceIn("en")));
    expect(said[0]).toContain("is there already");
    expect(said[1]).toContain("not written, for a file with other content");
  });

  it("says why a copy could not be written", async () => {
    const file = join(folder, "d.json");
    await writeFile(file, exampleText.replace('"batch_size": 8', '"batch_size": 8.0'));
    // A link to nowhere: something stands there, and it can be neither written nor read.
    await symlink(join(folder, "nowhere", "x.json"), join(folder, "d.fixed.json"));
    const { fixed } = await check({ files: [file], fork: "train-logging", defaults: {}, fix: true });
    expect(fixed.map((each) => renderFixed(each, voiceIn("en"))).join("")).toContain(
      "could not be written: EEXIST",
    );
  });

  it("says of a key that goes that it is removed", async () => {
    const file = join(folder, "copied.json");
    const copied = exampleText.replace('"loss_config": {', '"heuristic": true, "loss_config": {');
    await writeFile(file, `\ufeff${copied}`);
    const { fixed } = await check({ files: [file], fork: "train-logging", defaults: {}, fix: true });
    const [en, zh] = (["en", "zh"] as const).map((language) =>
      fixed.map((each) => renderFixed(each, voiceIn(language))).join(""),
    );
    expect(en).toContain("byte order mark removed, ot.heuristic true removed");
    expect(zh).toContain("已移除 ot.heuristic true");
    expect(en).not.toContain("null");
  });
});
