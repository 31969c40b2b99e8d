import { describe, expect, it } from "vitest";
import { checkConfig } from "../../src/judgement/trainer-config.ts";
import { fixConfig } from "../../src/judgement/trainer-fix.ts";
import { parseLenientJson } from "../../src/wire/lenient-json.ts";
import { exampleText, exampleWith } from "./example-config.ts";
import { realConfigs, realData } from "./real-data.ts";

const fork = "train-logging";
const defaults = { "ot.bc_src_weight": 0.9 };

describe("fixConfig", () => {
  it("leaves a good file alone, byte for byte", () => {
    expect(fixConfig({ text: exampleText, fork, defaults })).toEqual({ text: exampleText, fixes: [] });
  });

  it("writes integers where only integers are read, and nowhere else", () => {
    const text = exampleWith('"batch_size": 8', '"batch_size": 12.0').replace("[0, 8]", "[0.0, 8.0]");
    const fixed = fixConfig({ text: text.replace('"seed": 42', '"seed": 1e2'), fork });
    expect(fixed.text).toBe(text.replace("12.0", "12").replace('"seed": 42', '"seed": 100'));
    expect(fixed.fixes.map(({ path, literal, to }) => [path, literal, to])).toEqual([
      ["batch_size", "12.0", 12],
      ["seed", "1e2", 100],
    ]);
  });

  it("writes true for Python's True, but not where the trainer counts any text as true", () => {
    const text = exampleWith('"push_to_hub": false', '"push_to_hub": "False"').replace(
      '"heuristic": true',
      '"heuristic": "False"',
    );
    const { fixes, text: fixed } = fixConfig({ text, fork: "train-logging" });
    expect(fixes).toMatchObject([{ path: "policy.push_to_hub", from: "False", to: false }]);
    expect(fixed).toBe(text.replace('"push_to_hub": "False"', '"push_to_hub": false'));
  });

  it("does not guess at 8.5 of something", () => {
    const text = exampleWith('"batch_size": 8', '"batch_size": 8.5');
    expect(fixConfig({ text, fork }).fixes).toEqual([]);
  });

  it("writes a settings' default where it is missing or null, and never over a value", () => {
    const missing = exampleWith('    "bc_src_weight": 0.90,\n', "");
    expect(fixConfig({ text: missing, fork, defaults })).toEqual({
      text: missing.replace("      ]\n    }\n  }\n", '      ]\n    },\n    "bc_src_weight": 0.9\n  }\n'),
      fixes: [{ path: "ot.bc_src_weight", from: null, to: 0.9, reason: expect.stringContaining("missing") }],
    });
    const empty = exampleWith('"bc_src_weight": 0.90', '"bc_src_weight": null');
    expect(fixConfig({ text: empty, fork, defaults }).text).toContain('"bc_src_weight": 0.9,');
    expect(fixConfig({ text: missing, fork }).fixes).toEqual([]);
  });

  it("writes no default that this fork does not know, that has the wrong type, or that ot does not need", () => {
    const missing = exampleWith('    "bc_src_weight": 0.90,\n', "");
    expect(fixConfig({ text: missing, fork: "ot_r2s", defaults }).fixes).toEqual([]);
    expect(fixConfig({ text: missing, fork, defaults: { "ot.bc_src_weight": "0.9" } }).fixes).toEqual([]);
    const off = missing.replace('"enable": true,\n    "src', '"enable": false,\n    "src');
    expect(fixConfig({ text: off, fork, defaults }).fixes).toEqual([]);
  });

  it("keeps models off the hub where no repository is named", () => {
    const silent = exampleWith('    "push_to_hub": false,\n', "");
    const fixed = fixConfig({ text: silent, fork });
    expect(fixed.fixes).toMatchObject([{ path: "policy.push_to_hub", from: null, to: false }]);
    expect(checkConfig({ text: fixed.text, fork }).launchable).toBe(true);
    const meant = exampleWith('"push_to_hub": false', '"push_to_hub": true, "repo_id": "me/model"');
    expect(fixConfig({ text: meant, fork }).fixes).toEqual([]);
  });

  it("removes a misplaced copy, but not a misplaced key that says something else", () => {
    const copy = exampleWith('"window_size": 8,', '"window_size": 8,\n    "heuristic": true,');
    expect(fixConfig({ text: copy, fork })).toMatchObject({
      text: exampleText,
      fixes: [{ path: "ot.heuristic" }],
    });
    expect(fixConfig({ text: copy.replace('true,\n    "topk', 'false,\n    "topk'), fork }).fixes).toEqual(
      [],
    );
  });

  it("takes away a byte order mark and keeps CRLF", () => {
    const windows = `\ufeff${exampleText.replaceAll("\n", "\r\n")}`;
    const fixed = fixConfig({ text: windows.replace('"batch_size": 8', '"batch_size": 8.0'), fork });
    expect(fixed.text).toBe(windows.slice(1));
    expect(fixed.fixes).toHaveLength(2);
  });

  it("says where a text is no JSON", () => {
    expect(() => fixConfig({ text: "{", fork })).toThrow(/Not JSON at line 1/);
  });
});

describe.skipIf(!realData)("fixConfig on real files (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  it("makes every real file launchable, and changes nothing in those that are", () => {
    for (const { name, text } of realConfigs()) {
      const before = checkConfig({ text, fork });
      const fixed = fixConfig({ text, fork, defaults });
      const after = checkConfig({ text: fixed.text, fork });
      expect(after.errors, name).toEqual([]);
      if (before.launchable) expect(fixed, name).toEqual({ text, fixes: [] });
      else
        expect(fixed.fixes.map(({ path }) => path).sort(), name).toEqual(
          before.errors.map(({ path }) => path).sort(),
        );
    }
  });

  it("writes texts that differ only in what was fixed", () => {
    for (const { name, text } of realConfigs()) {
      const { text: fixed, fixes } = fixConfig({ text, fork, defaults });
      const [old, now] = [text.split("\n"), fixed.split("\n")];
      const kept = now.filter(
        (line) => old.includes(line) || old.includes(line.replace(/,$/, "")) || old.includes(`${line},`),
      );
      expect(now.length - kept.length, name).toBeLessThanOrEqual(fixes.length);
      expect(Math.abs(now.length - old.length), name).toBeLessThanOrEqual(fixes.length);
      expect(parseLenientJson(fixed), name).toBeTypeOf("object");
    }
  });
});
