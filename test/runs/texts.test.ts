import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { runTexts } from "../../src/runs/texts.ts";

const folder = new URL("../../src/runs/", import.meta.url);

describe("runTexts", () => {
  it("says in both languages, with the same blanks, exactly what the sources may warn of", async () => {
    const names = (await readdir(folder)).filter((name) => name !== "texts.ts");
    const sources = await Promise.all(names.map((name) => readFile(new URL(name, folder), "utf8")));
    const used = new Set(
      sources.flatMap((source) => [...source.matchAll(/text\("(warning\.[\w-]+)"/g)].map(([, key]) => key)),
    );
    expect(Object.keys(runTexts.en).sort()).toEqual([...used].sort());
    expect(Object.keys(runTexts.zh)).toEqual(Object.keys(runTexts.en));
    const blanks = (sentence: string | undefined) =>
      [...(sentence?.matchAll(/\{\w+\}/g) ?? [])].map(String).sort();
    for (const [key, sentence] of Object.entries(runTexts.en))
      expect(blanks(runTexts.zh[key])).toEqual(blanks(sentence));
  });
});
