import { describe, expect, it } from "vitest";
import { checkMerged } from "../../src/commands/merged-content.ts";
import { EMPTY_TREE, type TreeFile } from "../../src/forge/forge.ts";
import { sha256 } from "../../src/rounds/names.ts";
import { say } from "../rounds/fixtures.ts";

const MANIFEST = "reports/data/rounds/0001.json";
const CONFIG = "configs/1.json";
const approved = { ...say.approved("0001"), manifest: sha256("the manifest") };

/** The merge commit that the ledger names, with these files instead of the approved ones. */
function check(change: Readonly<Record<string, TreeFile | null>> = {}): Promise<void> {
  if (approved.event !== "approved") throw new Error("It is an approval.");
  const held: Record<string, TreeFile | null> = {
    [MANIFEST]: { blob: "m", mode: "100644" },
    [CONFIG]: { blob: "b".repeat(40), mode: "100644" },
    ...change,
  };
  const files = new Map(
    Object.entries(held).flatMap(([path, file]) => (file ? [[path, file] as const] : [])),
  );
  const contents = new Map([["m", Buffer.from("the manifest")]]);
  return checkMerged(
    {
      tree: async (ref) =>
        "commit" in ref && ref.commit === approved.merge
          ? { ...EMPTY_TREE, commit: ref.commit, files }
          : null,
      blobs: async (shas) =>
        new Map([...shas].map((sha) => [sha, contents.get(sha) ?? Buffer.from("another")] as const)),
    },
    { round: "0001", approved },
  );
}

describe("what the ledger calls approved", () => {
  it("is trained when the merge holds it", async () => {
    await expect(check()).resolves.toBeUndefined();
  });

  it.each<[string, Readonly<Record<string, TreeFile | null>>, string]>([
    ["another content", { [CONFIG]: { blob: "e".repeat(40), mode: "100644" } }, CONFIG],
    ["a link", { [CONFIG]: { blob: "b".repeat(40), mode: "120000" } }, CONFIG],
    ["an executable file", { [CONFIG]: { blob: "b".repeat(40), mode: "100755" } }, CONFIG],
    ["nothing at that path", { [CONFIG]: null }, CONFIG],
    ["another manifest", { [MANIFEST]: { blob: "n", mode: "100644" } }, "the manifest"],
    ["a manifest that is a link", { [MANIFEST]: { blob: "m", mode: "120000" } }, "the manifest"],
    ["no manifest", { [MANIFEST]: null }, "the manifest"],
  ])("is not trained when the merge has %s", async (_, change, named) => {
    await expect(check(change)).rejects.toThrow(`does not hold ${named}`);
  });
});
