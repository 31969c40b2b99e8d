import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const page = readFileSync(join(ROOT, "SECURITY.md"), "utf8");

/** Each test file that the page names, with the tests of it that follow. */
const CITED = [...page.matchAll(/`(test\/[\w./-]+\.test\.ts)`((?: “[^”]+”)*)/g)].map(
  ([, file = "", names = ""]) =>
    [file, [...names.matchAll(/“([^”]+)”/g)].map(([, name = ""]) => name)] as const,
);

describe("SECURITY.md", () => {
  it.each(CITED)("cites tests that exist in %s", (file, names) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    for (const name of names) expect(text, `no test "${name}" in ${file}`).toContain(`"${name}"`);
  });

  it("cites files that exist", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| "));
    const where = rows.flatMap((row) => row.split(" | ")[1]?.match(/`[^`]+`/g) ?? []);
    expect(where.length).toBeGreaterThan(30);
    for (const path of where) expect(existsSync(join(ROOT, path.slice(1, -1))), path).toBe(true);
  });

  it("has no table row without a test", () => {
    const [, table = ""] = page.split("## Defences");
    const rows = (table.split("## What has no defence")[0] ?? "")
      .split("\n")
      .filter((line) => line.startsWith("| "));
    for (const row of rows.slice(2)) expect(row).toMatch(/`test\/[\w./-]+\.test\.ts`/);
  });
});
