import { describe, expect, it } from "vitest";
import { AutoloopError } from "../../src/errors.ts";
import { appendEvents, parseLedgerFile } from "../../src/rounds/ledger.ts";
import { history, say } from "./fixtures.ts";

const NOTHING = { texts: new Map(), events: [] };

describe("the ledger", () => {
  it("keeps the events of a round in the round's file, a line each", () => {
    const { files, added } = appendEvents(NOTHING, [say.proposed("0001"), say.approved("0001")]);
    expect([...files.keys()]).toEqual(["rounds/0001.jsonl"]);
    expect(added).toHaveLength(2);
    expect(
      parseLedgerFile({ path: "rounds/0001.jsonl", text: files.get("rounds/0001.jsonl") ?? "" }),
    ).toEqual(added);
  });

  it("takes an event whose key is there already for said", () => {
    const { files, added } = appendEvents(NOTHING, [say.proposed("0001")]);
    expect(appendEvents({ texts: files, events: added }, [say.proposed("0001")])).toEqual({
      files: new Map(),
      added: [],
    });
  });

  it("keeps what was there, byte by byte", () => {
    const before = appendEvents(NOTHING, [say.proposed("0001")]);
    const ledger = { texts: before.files, events: before.added };
    const after = appendEvents(ledger, [say.approved("0001")]).files;
    const path = "rounds/0001.jsonl";
    expect(after.get(path)?.startsWith(before.files.get(path) ?? "?")).toBe(true);
  });

  it("names the line that it cannot read, and goes no further", () => {
    const text = `${JSON.stringify(say.proposed("0001"))}\n{"key":"x"}\n`;
    expect(() => parseLedgerFile({ path: "rounds/0001.jsonl", text })).toThrow(AutoloopError);
    expect(() => parseLedgerFile({ path: "rounds/0001.jsonl", text })).toThrow("rounds/0001.jsonl:2");
  });
});

describe("the history", () => {
  it("believes the first outcome of an attempt", () => {
    const round = history(
      say.approved("0001"),
      say.dispatched("0001-00000001", [{ id: "0001a-s42", attempt: 1 }]),
      say.ended("finished", "0001a-s42"),
      say.ended("interrupted", "0001a-s42"),
    ).rounds.get("0001");
    expect(round?.attempts.map(({ outcome }) => outcome?.event)).toEqual(["finished"]);
  });
});
