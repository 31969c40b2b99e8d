import { it as prop } from "@fast-check/vitest";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject } from "../../src/json.ts";
import {
  formatPath,
  labelFeatures,
  type PathStep,
  parsePath,
  resolvePath,
  valueAt,
} from "../../src/judgement/config-path.ts";
import { parseLenientJson } from "../../src/wire/lenient-json.ts";
import { exampleText } from "./example-config.ts";

const parsed = parseLenientJson(exampleText);
const config: JsonObject = isJsonObject(parsed) ? parsed : {};

function named(names: readonly string[]): JsonObject {
  return { terms: names.map((name) => ({ src_key: name, weight: 1 })) };
}

describe("resolvePath", () => {
  it("finds a cost term by term_name, else by src_key", () => {
    expect(resolvePath(config, "ot.loss_config.features[action_lbl].weight_label")).toEqual([
      "ot",
      "loss_config",
      "features",
      2,
      "weight_label",
    ]);
    expect(resolvePath(config, "ot.loss_config.features[observation.images.front]")).toEqual([
      "ot",
      "loss_config",
      "features",
      0,
    ]);
  });

  it("finds an entry of a list of texts by itself", () => {
    expect(resolvePath(config, "ot.obs_keys[observation.images.wrist]")).toEqual(["ot", "obs_keys", 1]);
  });

  it("lets the last key be absent, so that it can be set", () => {
    const path = resolvePath(config, "ot.sharpness");
    expect(valueAt(config, path)).toBeUndefined();
  });

  it("refuses a name that is not there and says which are, and which was meant", () => {
    expect(() => resolvePath(config, "ot.loss_config.features[action_lb].weight_label")).toThrow(
      /no entry is named `action_lb`.*observation\.images\.front, wrist, action_lbl.*Did you mean `action_lbl`/,
    );
  });

  it("refuses indices, ambiguous names and paths through numbers", () => {
    expect(() => resolvePath(config, "ot.loss_config.features.2.weight_label")).toThrow(/in brackets/);
    expect(() => resolvePath(named(["a", "a"]), "terms[a]")).toThrow(/two entries/);
    expect(() => resolvePath(config, "batch_size.x")).toThrow(/8 has no parts/);
  });

  prop.prop([
    fc.uniqueArray(fc.string({ unit: fc.constantFrom("a", ".", "[", "]", '"', "\\") }), { minLength: 1 }),
  ])("finds every entry by the path that formatPath writes, whatever its name holds", (names) => {
    const [name = ""] = names;
    const path = formatPath([
      { kind: "key", key: "terms" },
      { kind: "name", name },
      { kind: "key", key: "weight" },
    ]);
    expect(resolvePath(named(names), path)).toEqual(["terms", 0, "weight"]);
  });
});

describe("parsePath", () => {
  it.each(["", ".a", "a.", "a..b", "a[", "a[]", "a]", "a[b]c", 'a["\\x"]'])("refuses %j", (path) => {
    expect(() => parsePath(path)).toThrow(/is not a path/);
  });

  const step = fc.oneof(
    fc.record({ kind: fc.constant("key" as const), key: fc.stringMatching(/^[a-z_]+$/) }),
    fc.record({ kind: fc.constant("name" as const), name: fc.string() }),
  );
  prop.prop([fc.array(step, { minLength: 1 })])("is the inverse of formatPath", (steps: PathStep[]) => {
    expect(parsePath(formatPath(steps))).toEqual(steps);
  });
});

describe("labelFeatures", () => {
  it("names the terms without a learned embedding, absent counting as without", () => {
    expect(labelFeatures(config)).toEqual(["action_lbl"]);
    const features = [{ src_key: "a" }, { src_key: "b", use_learned_embed: "false" }];
    // Python takes any text for true.
    expect(labelFeatures({ ot: { loss_config: { features } } })).toEqual(["a"]);
    expect(labelFeatures({})).toEqual([]);
  });
});
