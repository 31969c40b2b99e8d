import { describe, expect, it } from "vitest";
import { sourceOf } from "../../src/report/escape.ts";
import { catalogue } from "../../src/report/texts.ts";
import { voiceIn } from "../../src/report/voice.ts";

const entries = Object.entries(catalogue);
const blanks = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe("the catalogue", () => {
  it.each(entries)("says %s in both languages with the same blanks", (_key, { en, zh }) => {
    expect(en.trim()).not.toBe("");
    expect(zh.trim()).not.toBe("");
    expect(blanks(zh)).toEqual(blanks(en));
  });

  it.each(entries)("holds no Markdown and no HTML in %s", (_key, { en, zh }) => {
    expect(`${en} ${zh}`).not.toMatch(/[<>|`*\\[\]#]|@(?!step|步)/);
  });
});

describe("a voice", () => {
  it("escapes values in a document and cleans them for a terminal", () => {
    const voice = voiceIn("en");
    expect(sourceOf(voice.md("round.topic", { topic: "a|b\n@x" }))).toBe("Topic: a&#124;b @&#8203;x");
    expect(voice.plain("round.topic", { topic: "a|b\n@x\u001b[31m" })).toBe("Topic: a|b @x");
  });

  it("does not read a value as a pattern or as another blank", () => {
    expect(voiceIn("zh").plain("round.topic", { topic: "$& {topic}" })).toBe("主题：$& {topic}");
  });
});
