import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "../src");

/** From the entries down; a room may import what stands below it. The four middle rooms do not know each other. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  entry: [
    "commands",
    "house",
    "settings",
    "report",
    "runs",
    "training",
    "forge",
    "rounds",
    "judgement",
    "wire",
    "leaf",
  ],
  commands: [
    "house",
    "settings",
    "report",
    "runs",
    "training",
    "forge",
    "rounds",
    "judgement",
    "wire",
    "leaf",
  ],
  house: ["settings", "report", "runs", "training", "forge", "rounds", "judgement", "wire", "leaf"],
  settings: ["training", "rounds", "judgement", "leaf"],
  runs: ["rounds", "judgement", "wire", "leaf"],
  training: ["rounds", "judgement", "wire", "leaf"],
  forge: ["rounds", "judgement", "wire", "leaf"],
  report: ["rounds", "judgement", "wire", "leaf"],
  rounds: ["judgement", "wire", "leaf"],
  judgement: ["wire", "leaf"],
  wire: ["leaf"],
  leaf: ["leaf"],
  embedded: [],
};

const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => path.split("\\").join("/"));

function roomOf(path: string): string {
  const [top = "", ...rest] = path.split("/");
  if (rest.length > 0) return top;
  if (top === "action.ts" || top === "cli.ts") return "entry";
  if (top === "house.ts" || top === "settings.ts") return top.replace(".ts", "");
  return "leaf";
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(SRC, path), "utf8");
  const found = text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g);
  return [...found].map(([, target = ""]) => posix.normalize(posix.join(posix.dirname(path), target)));
}

describe("the rooms of src/", () => {
  it("import downwards only", () => {
    const wrong = FILES.flatMap((path) => {
      const room = roomOf(path);
      const allowed = [room, ...(MAY_IMPORT[room] ?? [])];
      return importsOf(path)
        .filter((target) => !allowed.includes(roomOf(target)))
        .map((target) => `${path} → ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it("leave environment, clock and event file to the entries and the house", () => {
    const reading = /\bprocess\.env\b|\bDate\.now\(|\bnew Date\(\)/;
    const wrong = FILES.filter((path) => !["entry", "house", "embedded"].includes(roomOf(path))).filter(
      (path) => reading.test(readFileSync(join(SRC, path), "utf8")),
    );
    expect(wrong).toEqual([]);
  });

  it("keep judgement and rounds free of I/O", () => {
    const wrong = FILES.filter((path) => ["judgement", "rounds"].includes(roomOf(path))).filter((path) =>
      /from "node:(?!crypto")|\bfetch\(/.test(readFileSync(join(SRC, path), "utf8")),
    );
    expect(wrong).toEqual([]);
  });
});

describe("the bundles", () => {
  const DIST = resolve(SRC, "../dist");

  const AT_ONCE = /(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g;
  const AT_ALL = /(?:from|import)\s*\(?\s*["'`]\.\/([\w.-]+\.js)["'`]/g;

  function reach(file: string, imports: RegExp, seen = new Set<string>()): Set<string> {
    if (seen.has(file)) return seen;
    seen.add(file);
    const text = readFileSync(join(DIST, file), "utf8");
    for (const [, target] of text.matchAll(imports)) if (target) reach(target, imports, seen);
    return seen;
  }

  it("let the Action ask its first question before most of it is loaded", () => {
    const size = (files: Iterable<string>) =>
      [...files].reduce((sum, file) => sum + readFileSync(join(DIST, file)).length, 0);
    expect(size(reach("action.js", AT_ONCE))).toBeLessThan(320_000);
    expect(size(reach("action.js", AT_ALL))).toBeLessThan(1_600_000);
  });

  it("of the product contain nothing of the embedded services", () => {
    for (const entry of ["action.js", "cli.js"]) {
      const reached = [...reach(entry, AT_ALL)]
        .map((file) => readFileSync(join(DIST, file), "utf8"))
        .join("\n");
      // Words that only the embedded services say.
      expect(reached).not.toMatch(/TINY_NAN_AT|git http-backend|arrayconnection:/);
    }
  });

  it("say nothing of the machine that built them", () => {
    const texts = readdirSync(DIST).map((file) => readFileSync(join(DIST, file), "utf8"));
    expect(
      texts.filter((text) => text.includes(`${resolve(SRC, "..")}/`)).map((text) => text.slice(0, 80)),
    ).toEqual([]);
    expect(relative(SRC, DIST)).toBe("../dist");
  });
});
