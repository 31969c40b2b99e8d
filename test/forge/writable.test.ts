import { posix, win32 } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkWritable, isInside } from "../../src/forge/writable.ts";
import { hostile } from "../report/samples.ts";

const write = (path: string, content: string | null = "x") => checkWritable(new Map([[path, content]]));

describe("what a commit of ours may hold", () => {
  it.each([
    "src/lerobot/scripts/train_config/reports/act_ot.md",
    "rounds/0001.jsonl",
    "docs/dist/a.md",
    "zwei W\u00f6rter.json",
    "a/action.yml",
  ])("%s", (path) => {
    expect(() => write(path)).not.toThrow();
  });

  it.each([
    ".github/workflows/autoloop.yml",
    ".GitHub/workflows/x.yml",
    "a/.github/x",
    ".git/config",
    "a/.GIT/hooks/x",
    "action.yml",
    "Action.yaml",
    "dist/action.js",
    "DIST/cli.js",
    "../x",
    "a/./b",
    "a//b",
    "/etc/x",
    "a\\..\\b",
    "a\nb",
    "",
  ])("is refused for %j", (path) => {
    expect(() => write(path)).toThrow("does not write");
  });

  it("takes away what an attempt left behind, wherever that is below the root", () => {
    expect(() => write(".github/x.yml", null)).not.toThrow();
    expect(() => write("../x", null)).toThrow("does not write");
  });

  it("is below the root for every path that is let through, on every system", () => {
    const segment = fc.oneof(fc.constantFrom("..", ".", "", ".git", "a", "C:", "~"), hostile());
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        const path = segments.join("/");
        if (!isInside(path)) return;
        expect(posix.normalize(path)).toBe(path);
        expect(posix.isAbsolute(path)).toBe(false);
        expect(win32.isAbsolute(path) && !/^[A-Za-z]:/.test(path)).toBe(false);
        expect(path).not.toMatch(/[\p{Cc}\\]/u);
      }),
      { numRuns: 500 },
    );
  });
});
