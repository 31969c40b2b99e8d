import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COMMANDS, parseCommentCommand } from "../../src/rounds/comment-command.ts";

describe("a comment", () => {
  it.each([
    ["/rerun", { kind: "rerun", names: [], seed: null }],
    ["/rerun b", { kind: "rerun", names: ["b"], seed: null }],
    ["/rerun b 0002c-s42 \nbecause it was cold", { kind: "rerun", names: ["b", "0002c-s42"], seed: null }],
    ["/rerun a --seed 7", { kind: "rerun", names: ["a"], seed: 7 }],
    ["/rerun --seed 4294967295", { kind: "rerun", names: [], seed: 4294967295 }],
    ["/stop", { kind: "stop", names: [] }],
    ["/stop\tb-s42\r\n\r\nthanks", { kind: "stop", names: ["b-s42"] }],
    ["/extend b --steps 10000", { kind: "extend", name: "b", steps: 10_000 }],
    ["/extend --steps 10000 b-s42", { kind: "extend", name: "b-s42", steps: 10_000 }],
    ["/skip 0002b", { kind: "skip", name: "0002b" }],
    ["/seeds b 3", { kind: "seeds", name: "b", count: 3 }],
    ["/status", { kind: "status" }],
    ["/propose  ", { kind: "propose" }],
    ["/pause", { kind: "pause" }],
    ["/resume", { kind: "resume" }],
    ["/help", { kind: "help" }],
  ])("%j is a command", (body, command) => {
    expect(parseCommentCommand(body)).toEqual(command);
  });

  it.each([
    "",
    "please /stop",
    " /stop",
    "> /stop",
    "```\n/stop\n```",
    "`/stop`",
    "    /stop",
    "\n/stop",
    "<!-- -->/stop",
    "/",
    "// a comment in code",
    "/ stop",
    "/home/lab/trainer is full",
    "/1",
    "/__proto__",
    "Thanks!\n/stop",
    "\u200b/stop",
  ])("%j is talk", (body) => {
    expect(parseCommentCommand(body)).toBeNull();
  });

  it.each([
    "/stpo",
    "/Stop",
    "/stop!",
    "/stop --force",
    "/stop b --seed 3",
    "/stop B",
    "/stop bb",
    "/stop b,c",
    "/stop ../../etc",
    "/stop $(reboot)",
    "/stop b; rm -rf /",
    "/stop\u00a0b",
    "/stop <!-- b -->",
    "/status b",
    "/rerun --seed",
    "/rerun --seed x",
    "/rerun --seed -1",
    "/rerun --seed 007",
    "/rerun --seed 4294967296",
    "/rerun --seed=7",
    "/rerun --seed 7 --seed 8",
    "/rerun b-s42 --seed 7",
    "/extend b",
    "/extend b c --steps 5",
    "/extend b --steps 0",
    "/extend b --steps 1e4",
    "/skip",
    "/skip b-s42",
    "/skip a b",
    "/seeds b",
    "/seeds b 0",
    "/seeds b 11",
    "/seeds b 3 4",
    "/constructor",
    `/stop ${"b ".repeat(120)}c`,
  ])("%j is malformed", (body) => {
    expect(parseCommentCommand(body)).toMatchObject({ kind: "malformed" });
  });

  it("never makes the parser throw, and never acts from inside of a text", () => {
    const line = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom(...usages()));
    fc.assert(
      fc.property(line, line, (before, after) => {
        parseCommentCommand(`${before}\n${after}`);
        parseCommentCommand(`/${before}${after}`);
        if (!before.startsWith("/")) expect(parseCommentCommand(`${before} ${after}`)).toBeNull();
        expect(parseCommentCommand(`x${after}`)).toBeNull();
        expect(parseCommentCommand(`${after.replace(/^\/+/, "")}`)).toBeNull();
      }),
    );
  });

  it("says the same whatever follows the first line", () => {
    fc.assert(
      fc.property(fc.constantFrom(...usages()), fc.string(), (first, rest) => {
        expect(parseCommentCommand(`${first}\r\n${rest}`)).toEqual(parseCommentCommand(first));
      }),
    );
  });

  it("quotes no more than a few words of what it did not understand", () => {
    const parsed = parseCommentCommand(`/stop ${"x".repeat(5000)}`);
    expect(parsed).toMatchObject({ kind: "malformed", line: `/stop ${"x".repeat(34)}` });
  });
});

function usages(): readonly string[] {
  return Object.values(COMMANDS).map(({ usage }) =>
    usage.replace("[variant…] [--seed N]", "b").replace("[variant…]", "b"),
  );
}
