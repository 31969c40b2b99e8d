import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/json.ts";
import { conditionsOf, differing } from "../../src/judgement/conditions.ts";
import { exampleConfig, exampleRun } from "./example-run.ts";

interface Blocks {
  readonly dataset?: JsonObject;
  readonly ot?: JsonObject;
}

const TARGET = { repo_id: "lab/target", root: "/data/target" };
const OT = { enable: true, src_repo_id: "lab/source" };

const of = (blocks: Blocks) => conditionsOf(exampleRun({ config: { ...exampleConfig(), ...blocks } }));
const between = (a: Blocks, b: Blocks) => differing(of(a), of(b));

describe("the data that two runs are compared upon", () => {
  it.each<[string, Blocks, Blocks, readonly string[]]>([
    ["another name", { dataset: { repo_id: "a" } }, { dataset: { repo_id: "b" } }, ["dataset"]],
    [
      "another folder",
      { dataset: TARGET },
      { dataset: { ...TARGET, root: "/data/b" }, ot: { ...OT, src_root: "/data/target" } },
      ["dataset"],
    ],
    ["other episodes", { dataset: TARGET }, { dataset: { ...TARGET, episodes: [0, 1] } }, ["dataset"]],
    ["another revision", { dataset: TARGET }, { dataset: { ...TARGET, revision: "v2" } }, ["dataset"]],
    ["another source", { ot: OT }, { ot: { ...OT, src_repo_id: "lab/other" } }, ["source"]],
    ["another folder of the source", { ot: OT }, { ot: { ...OT, src_root: "/data/b" } }, ["source"]],
  ])("differ by %s", (_, a, b, fields) => {
    expect(between(a, b)).toEqual(fields);
  });

  it.each<[string, Blocks, Blocks]>([
    [
      "what is left out is said",
      { dataset: TARGET },
      { dataset: { ...TARGET, episodes: null, revision: null, streaming: false } },
    ],
    [
      "images are varied",
      { dataset: TARGET },
      { dataset: { ...TARGET, image_transforms: { enable: true } } },
    ],
    ["another decoder is used", { dataset: TARGET }, { dataset: { ...TARGET, video_backend: "pyav" } }],
    ["one trains without OT", { ot: OT }, { ot: { enable: false, src_repo_id: "lab/other" } }],
    ["one does not know OT", { ot: OT }, { ot: {} }],
    [
      "the source's folder is the one that the trainer falls back to",
      { dataset: TARGET, ot: OT },
      { dataset: TARGET, ot: { ...OT, src_root: TARGET.root } },
    ],
    ["one says nothing of its data", { dataset: TARGET }, { dataset: {} }],
  ])("are the same where %s", (_, a, b) => {
    expect(between(a, b)).toEqual([]);
  });

  it("are not held against a run without a configuration", () => {
    const unknown = conditionsOf({ ...exampleRun({}), config: null });
    expect(differing(of({ dataset: TARGET }), unknown)).toEqual([]);
  });
});
