import { describe, expect, it } from "vitest";
import { judgePython } from "../../../src/training/preflight/python-checks.ts";
import type { PythonFacts } from "../../../src/training/preflight/python-probe.ts";
import { FACTS, SERVER } from "./facts.ts";

const judge = (facts: Partial<PythonFacts>, ot = true) =>
  judgePython(
    { kind: "facts", module: "lerobot.scripts.lerobot_train", facts: { ...FACTS, ...facts } },
    { ot },
  ).slice(1);

const server = (change: Partial<typeof SERVER>) => ({ server: { ...SERVER, ...change } });

describe("judgePython", () => {
  it.each<[string, Partial<PythonFacts>]>([
    ["the pins", {}],
    ["a POT that is newer by more than a number", { pot: "0.9.10.post1" }],
    ["four GPUs", { cuda: { build: "12.6", visible: 4, error: null } }],
    ["a server that wants no visitors", server({ status: 404 })],
  ])("has nothing against %s", (_, facts) => {
    expect(judge(facts)).toEqual([]);
  });

  it.each<[string, Partial<PythonFacts>, RegExp]>([
    ["no wandb", { wandb: null }, /^The package wandb is not installed/],
    ["wandb 0.30 without get_url", { wandb: "0.30.0", get_url: false }, /^wandb 0\.30\.0 no longer has/],
    ["no POT", { pot: null }, /^The package POT is not installed/],
    ["an old POT", { pot: "0.9.4" }, /^POT 0\.9\.4 ignores the reference measure/],
    ["a release candidate of an old POT", { pot: "0.9rc1" }, /^POT 0\.9rc1 ignores/],
    ["no torch", { torch: null }, /^PyTorch is not installed/],
    ["torch for the CPU", { cuda: { build: null, visible: 0, error: null } }, /built without CUDA/],
    [
      "a driver that is too old",
      { cuda: { build: "12.6", visible: 0, error: null } },
      /built for CUDA 12\.6/,
    ],
    [
      "a torch that breaks",
      { cuda: { build: null, visible: 0, error: "OSError: x" } },
      /no GPU \(OSError: x\)/,
    ],
    ["a module that breaks", { module: "ImportError: y" }, /cannot be imported \(ImportError: y\)/],
    ["no key", server({ key: false }), /^No W&B key is known for api\.wandb\.ai/],
    ["no way", server({ status: null, error: "timed out" }), /cannot be reached without a proxy: timed out/],
    [
      "a proxy that wants a password",
      server({ status: 407, proxied: true }),
      /through the proxy .* status 407/,
    ],
  ])("stops at %s, and says what to do", (_, facts, text) => {
    const found = judge(facts);
    expect(found).toMatchObject([{ level: "stop", text: expect.stringMatching(text) }]);
    expect(found[0]?.text).toMatch(/\. [A-Z].*\.$/);
  });

  it("wants POT for optimal transport only", () => {
    expect(judge({ pot: null }, false)).toEqual([]);
  });

  it.each<[string, Partial<PythonFacts>]>([
    ["a newer wandb that still has what the trainer calls", { wandb: "0.22.0", get_url: true }],
    [
      "certificates that only Python lacks",
      server({ status: null, error: "[SSL: CERTIFICATE_VERIFY_FAILED]" }),
    ],
  ])("only remarks on %s", (_, facts) => {
    expect(judge(facts)).toMatchObject([{ level: "note" }]);
  });

  it("goes on when Python took too long to answer", () => {
    const found = judgePython({ kind: "silent", why: "no answer within 180000 ms" }, { ot: true });
    expect(found).toMatchObject([{ level: "note" }]);
  });
});
