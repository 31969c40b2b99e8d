import { describe, expect, it } from "vitest";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import type { MergedFile } from "../../src/rounds/approval.ts";
import { draftSeedRound, manifestText } from "../../src/rounds/draft.ts";
import { type BranchContent, type Laying, layBranch, readBranch } from "../../src/rounds/round-branch.ts";
import { plan } from "./fixtures.ts";

const templates = planConfigs()
  .slice(0, 2)
  .map(({ file, config }) => ({ path: `configs/${file}`, text: JSON.stringify(config, null, 2) }));
const draft = draftSeedRound(plan, templates);
if (!draft) throw new Error("The plan's configurations launch.");
const { manifest } = draft;
const [a = "", b = ""] = manifest.variants.map(({ path }) => path);
const MANIFEST = "rounds/0001.json";
const REPORT = "reports/act_ot.md";

const file = (text: string, mode = "100644"): MergedFile => ({ blob: text, mode, bytes: Buffer.from(text) });
const files = (change: Readonly<Record<string, MergedFile | null>> = {}) =>
  new Map(
    Object.entries({
      ...Object.fromEntries(templates.map(({ path, text }) => [path, file(text)])),
      ...change,
    }).flatMap(([path, found]): [string, MergedFile][] => (found ? [[path, found]] : [])),
  );

function read(
  change: Readonly<Record<string, MergedFile | null>> = {},
  bytes: string | null = manifestText(manifest),
) {
  return readBranch({
    round: "0001",
    proposed: manifest.variants.map(({ id, hash }) => ({ id, hash })),
    manifest: bytes === null ? null : Buffer.from(bytes),
    files: files(change),
  });
}

const scaled = (templates[0]?.text ?? "").replace(/"reg": [\d.]+/, '"reg": 0.3');

describe("readBranch", () => {
  it("finds nothing where nobody pushed", () => {
    expect(read()).toMatchObject({ kind: "readable", edited: [], removed: [], broken: [] });
  });

  it("tells edited, removed and broken variants apart", () => {
    expect(read({ [a]: file(scaled) })).toMatchObject({ edited: ["0001a"], removed: [], broken: [] });
    expect(read({ [a]: null })).toMatchObject({ edited: [], removed: ["0001a"], broken: [] });
    expect(read({ [a]: file("{}") })).toMatchObject({ edited: [], removed: [], broken: [{ id: "0001a" }] });
    expect(read({ [a]: file(scaled, "120000") })).toMatchObject({ broken: [{ because: "not-a-file" }] });
  });

  it.each<[string, string | null, string]>([
    ["no manifest", null, "manifest-missing"],
    ["no JSON", "{", "manifest-invalid"],
    ["another round's manifest", manifestText(manifest).replaceAll("0001", "0002"), "manifest-invalid"],
  ])("does not guess at %s", (_name, bytes, reason) => {
    expect(read({}, bytes)).toEqual({ kind: "unreadable", reason });
  });
});

type Readable = Extract<BranchContent, { kind: "readable" }>;
const readable = (content: BranchContent): Readable => {
  if (content.kind !== "readable") throw new Error(content.reason);
  return content;
};

/** A branch that holds the proposal, and nothing else happened. */
function laying(change: Partial<Laying> = {}): Laying {
  const base = new Map([
    [a, "a0"],
    [b, "b0"],
    ["README.md", "r0"],
  ]);
  return {
    content: readable(read()),
    base,
    head: new Map([...base, [MANIFEST, "m0"]]),
    main: base,
    paths: { manifest: MANIFEST, report: REPORT },
    skipped: [],
    untouchable: (path) => path.startsWith(".github/"),
    mainFiles: files(),
    ...change,
  };
}
const withFile = (blobs: Laying["head"], ...more: readonly (readonly [string, string])[]) =>
  new Map([...blobs, ...more]);

describe("layBranch", () => {
  const calm = laying();

  it("leaves a branch alone that fits", () => {
    expect(layBranch(calm)).toMatchObject({ changed: false, catchesUp: false });
    expect(layBranch(laying({ main: withFile(calm.main, ["README.md", "r1"]) }))).toMatchObject({
      changed: false,
    });
  });

  it("catches up with the report, and keeps what people pushed", () => {
    const head = withFile(calm.head, [a, "a-edited"], ["notes.md", "n"]);
    const laid = layBranch(laying({ head, main: withFile(calm.main, [REPORT, "x"]) }));
    expect(laid).toMatchObject({ changed: true, catchesUp: true });
    expect([...laid.blobs]).toEqual([
      [a, "a-edited"],
      ["notes.md", "n"],
    ]);
  });

  it("leaves a branch to people where they changed what the repository runs, and says which files", () => {
    const head = withFile(calm.head, [".github/workflows/train.yml", "w"]);
    expect(layBranch(laying({ head }))).toMatchObject({ changed: false, held: [] });
    const main = withFile(calm.main, [REPORT, "x"]);
    const laid = layBranch(laying({ head, main }));
    expect(laid).toMatchObject({ catchesUp: false, changed: false, held: [".github/workflows/train.yml"] });
    expect(layBranch(laying({ head, main, skipped: ["0001b"] }))).toMatchObject({
      changed: true,
      catchesUp: false,
    });
    const merged = withFile(main, [".github/workflows/train.yml", "w"]);
    expect(layBranch(laying({ head, main: merged }))).toMatchObject({ catchesUp: true, held: [] });
  });

  it("holds what is no plain file, also where only its mode is a person's", () => {
    const main = withFile(calm.main, ["README.md", "r0"], [REPORT, "x"]);
    for (const readme of ["100755 r0", "120000 r1", "160000 c"]) {
      const head = withFile(calm.head, ["README.md", readme]);
      expect(layBranch(laying({ head, main }))).toMatchObject({ catchesUp: false, held: ["README.md"] });
      const followed = withFile(main, ["README.md", readme]);
      expect(layBranch(laying({ head, main: followed }))).toMatchObject({ catchesUp: true, held: [] });
    }
    const base = withFile(calm.head, ["README.md", "120000 r0"]);
    const laid = layBranch(laying({ base, main: withFile(base, [REPORT, "x"]) }));
    expect(laid.blobs.get("README.md")).toBe("r0");
  });

  it("never lays a variant that is no plain file, whoever has it so", () => {
    const linked = withFile(calm.head, [a, "120000 a"]);
    const laid = layBranch(laying({ head: linked, main: withFile(linked, [REPORT, "x"]) }));
    expect(laid).toMatchObject({ catchesUp: true });
    expect(laid.blobs.has(a)).toBe(false);
    expect(layBranch(laying({ base: null, head: linked })).blobs.has(a)).toBe(false);
    expect(layBranch(laying({ main: linked, skipped: ["0001a"] })).blobs.has(a)).toBe(false);
  });

  it("keeps a person's deletion, unless the default branch changed the file", () => {
    const head = new Map(calm.head);
    head.delete("README.md");
    const stale = withFile(calm.main, [REPORT, "x"]);
    expect(layBranch(laying({ head, main: stale })).blobs.get("README.md")).toBeNull();
    const laid = layBranch(laying({ head, main: withFile(stale, ["README.md", "r1"]) }));
    expect(laid.blobs.has("README.md")).toBe(false);
  });

  it("follows a template that the round only names, into the manifest", () => {
    const laid = layBranch(
      laying({ main: withFile(calm.main, [a, "a1"]), mainFiles: files({ [a]: file(scaled) }) }),
    );
    expect(laid.blobs.has(a)).toBe(false);
    expect(laid.manifest?.variants[0]?.hash).not.toBe(manifest.variants[0]?.hash);
  });

  it("drops a template that is gone", () => {
    const main = new Map(calm.main);
    main.delete(b);
    const laid = layBranch(laying({ main, mainFiles: files({ [b]: null }) }));
    expect(laid.manifest?.variants.map(({ id }) => id)).toEqual(["0001a"]);
    expect(laid.manifest?.budget.trials).toBe(1);
  });

  it("takes a skipped variant out, with its file where the pull request adds it", () => {
    const own = new Map([...(calm.base ?? [])].filter(([path]) => path !== b));
    const laid = layBranch(laying({ base: own, main: own, skipped: ["0001b"] }));
    expect(laid).toMatchObject({ changed: true, catchesUp: false });
    expect([...laid.blobs]).toEqual([[b, null]]);
    expect(layBranch(laying({ skipped: ["0001b"] })).blobs.get(b)).toBe("b0");
    expect(layBranch(laying({ skipped: ["0001a", "0001b"] })).manifest).toBeNull();
  });

  it("brings only its own files where nobody knows what it was built on", () => {
    const laid = layBranch(laying({ base: null, main: withFile(calm.main, ["README.md", "r1"]) }));
    expect([...laid.blobs.keys()].sort()).toEqual([a, b].sort());
  });
});
