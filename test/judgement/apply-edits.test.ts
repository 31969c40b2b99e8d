import { it as prop } from "@fast-check/vitest";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AutoloopError } from "../../src/errors.ts";
import type { Json } from "../../src/json.ts";
import { applyEdits, type EditOptions } from "../../src/judgement/apply-edits.ts";
import { parsePath, valueAt } from "../../src/judgement/config-path.ts";
import type { EditRequest } from "../../src/judgement/edits.ts";
import { checkConfig } from "../../src/judgement/trainer-config.ts";
import { parseLenientJson } from "../../src/wire/lenient-json.ts";
import { exampleText, exampleWith } from "./example-config.ts";
import { realConfigs, realData } from "./real-data.ts";

const labelWeight = "ot.loss_config.features[action_lbl].weight_label";

function apply(request: EditRequest, options?: EditOptions) {
  return applyEdits(exampleText, [request], options);
}

function refusal(request: EditRequest, options?: EditOptions): AutoloopError {
  try {
    apply(request, options);
  } catch (error) {
    if (error instanceof AutoloopError) return error;
    throw error;
  }
  throw new Error("was applied");
}

/** Leaves by path, to see which of them an edit changed. */
function leaves(value: Json, path = ""): ReadonlyMap<string, string> {
  if (value === null || typeof value !== "object") return new Map([[path, JSON.stringify(value)]]);
  return new Map(Object.entries(value).flatMap(([key, child]) => [...leaves(child, `${path}/${key}`)]));
}

function changedLeaves(before: Json, after: Json): readonly string[] {
  const [a, b] = [leaves(before), leaves(after)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key));
}

function changedLines(before: string, after: string): number {
  const [a, b] = [before.split("\n"), after.split("\n")];
  expect(b.length).toBe(a.length);
  return a.filter((line, index) => line !== b[index]).length;
}

describe("applyEdits", () => {
  it("changes only the edited values in the text", () => {
    const { text, edits } = applyEdits(exampleText, [
      { path: "ot.loss_config.reg", op: "scale", value: 1.5 },
      { path: labelWeight, op: "set", value: 0.0005 },
      { path: "ot.window_size", op: "add", value: 4 },
    ]);
    expect(text).toBe(
      exampleWith('"reg": 0.5', '"reg": 0.75')
        .replace('"weight_label": 0.001', '"weight_label": 0.0005')
        .replace('"window_size": 8', '"window_size": 12'),
    );
    expect(edits).toEqual([
      { path: "ot.loss_config.reg", op: "scale", value: 1.5, from: 0.5, to: 0.75 },
      { path: labelWeight, op: "set", value: 0.0005, from: 0.001, to: 0.0005 },
      { path: "ot.window_size", op: "add", value: 4, from: 8, to: 12 },
    ]);
  });

  it("writes no dust of binary fractions, and a small learning rate briefly", () => {
    expect(apply({ path: "ot.lambda_ot", op: "scale", value: 1.1 }).text).toContain('"lambda_ot": 0.11,');
    expect(apply({ path: "policy.optimizer_lr", op: "scale", value: 1.4 }).text).toContain(
      '"optimizer_lr": 1.4e-5,',
    );
    expect(apply({ path: "ot.loss_config.tau_src", op: "scale", value: 2 }).text).toContain(
      '"tau_src": 2.0,',
    );
  });

  it("keeps integers integers: a product is rounded and written without a point", () => {
    const { text, edits } = apply({ path: "ot.topk_src_episodes", op: "scale", value: 1.3 });
    expect(text).toContain('"topk_src_episodes": 20,');
    expect(edits[0]?.to).toBe(20);
    expect(refusal({ path: "batch_size", op: "set", value: 12.5 }).code).toBe("config.wrong-type");
  });

  it("inserts a key that the trainer has a default for, in the manner of its neighbours", () => {
    expect(apply({ path: "ot.sharpness", op: "set", value: 0.5 })).toMatchObject({
      edits: [{ from: 0, to: 0.5 }],
      text: expect.stringContaining('      ]\n    },\n    "sharpness": 0.5\n  }\n'),
    });
    expect(apply({ path: "wandb.mode", op: "set", value: "offline" }).text).toContain(
      '"disable_artifact": true, "mode": "offline" }',
    );
    expect(apply({ path: "debug.instrument", op: "set", value: false }).text).toMatch(
      /\n {2}\},\n {2}"debug": \{\n {4}"instrument": false\n {2}\}\n\}\n$/,
    );
  });

  it("changes the trainer's default where the number is absent", () => {
    expect(apply({ path: "ot.batch_ratio", op: "scale", value: 1.5 }).edits[0]).toMatchObject({
      from: 0.5,
      to: 0.75,
    });
  });

  it("removes a cost term by name, with the right comma, wherever it stands", () => {
    for (const name of ["observation.images.front", "wrist", "action_lbl"]) {
      const { text, config, edits } = apply({
        path: `ot.loss_config.features[${name}]`,
        op: "remove",
        value: null,
      });
      expect(valueAt(config, ["ot", "loss_config", "features"])).toHaveLength(2);
      expect(text).not.toContain("},,");
      const rest = text.split("\n");
      expect(
        rest.every((line) =>
          exampleText.split("\n").some((old) => old.replace(/,$/, "") === line.replace(/,$/, "")),
        ),
      ).toBe(true);
      expect(edits[0]).toMatchObject({ op: "remove", to: null });
    }
  });

  it("does not empty the list of terms", () => {
    const remove = (name: string): EditRequest => ({
      path: `ot.loss_config.features[${name}]`,
      op: "remove",
      value: null,
    });
    const all = ["observation.images.front", "wrist", "action_lbl"].map(remove);
    expect(() => applyEdits(exampleText, all)).toThrow(/list would be empty/);
    expect(refusal({ path: "ot.loss_config.features", op: "set", value: [] }).code).toBe("config.required");
  });

  it("adds a cost term at the end, laid out like the others", () => {
    const term = {
      src_key: "observation.state",
      use_learned_embed: true,
      weight_embed: 0.2,
      weight_label: 0,
    };
    const { text, config } = apply({ path: "ot.loss_config.features", op: "add", value: term });
    expect(valueAt(config, ["ot", "loss_config", "features", 3])).toEqual(term);
    expect(text).toContain('        },\n        {\n          "src_key": "observation.state",\n');
    expect(apply({ path: "ot.obs_keys", op: "add", value: "observation.state" }).text).toContain(
      '"observation.images.wrist", "observation.state"],',
    );
    expect(
      refusal({ path: "ot.loss_config.features", op: "add", value: { ...term, term_name: "wrist" } }).code,
    ).toBe("config.duplicate-name");
    expect(
      refusal({ path: "ot.loss_config.features", op: "add", value: { ...term, term_weight: 2 } }).code,
    ).toBe("config.wrong-type");
  });

  it("refuses to switch a label-only term off by its weight, and says what to do", () => {
    const error = refusal({ path: labelWeight, op: "set", value: 0 });
    expect(error.code).toBe("config.dead-term");
    expect(error.next).toContain("remove `ot.loss_config.features[action_lbl]`");
    expect(refusal({ path: labelWeight, op: "scale", value: 0 }).code).toBe("config.dead-term");
    const embed = "ot.loss_config.features[wrist].weight_embed";
    expect(apply({ path: embed, op: "set", value: 0 }).edits[0]?.to).toBe(0);
  });

  it("refuses what changes nothing", () => {
    expect(refusal({ path: "batch_size", op: "set", value: 8 }).code).toBe("config.no-op");
    expect(refusal({ path: "ot.window_size", op: "scale", value: 1.01 }).code).toBe("config.no-op");
    expect(refusal({ path: "ot.sharpness", op: "set", value: 0 }).code).toBe("config.no-op");
  });

  it("refuses values beyond a bound and never clamps them", () => {
    const bounds = { "ot.loss_config.features[*].weight_label": { min: 0.0001, max: 0.01 } };
    const error = refusal({ path: labelWeight, op: "scale", value: 20 }, { bounds });
    expect(error.code).toBe("config.out-of-bounds");
    expect(error.what).toBe(`\`${labelWeight}\` would become 0.02, outside 0.0001 to 0.01.`);
    expect(apply({ path: labelWeight, op: "scale", value: 10 }, { bounds }).edits[0]?.to).toBe(0.01);
  });

  it.each([
    ["ot.heuristic", true],
    ["ot.loss_config.term_weight", 1],
    ["autoloop.parent", "x"],
    ["ot.loss_config.features[img].weight_label", 1],
  ])("does not make the path %s", (path, value) => {
    expect(refusal({ path, op: "set", value }).code).toBe("config.no-such-path");
  });

  it.each<EditRequest>([
    { path: "ot.loss_config.reg", op: "set", value: "0.5" },
    { path: "ot.loss_config.reg", op: "set", value: null },
    { path: "ot.loss_config.reg", op: "set", value: Number.NaN },
    { path: "ot.loss_config.reg", op: "scale", value: Number.POSITIVE_INFINITY },
    { path: "ot.loss_config.heuristic", op: "set", value: "false" },
    { path: "ot.no_window", op: "scale", value: 2 },
    { path: "ot.obs_keys", op: "set", value: [1] },
    { path: "ot.enable", op: "scale", value: 2 },
  ])("refuses a value of another type: %j", (request) => {
    expect(refusal(request).code).toBe("config.wrong-type");
  });

  it("removes optional keys only", () => {
    expect(apply({ path: "ot.topk_src_episodes", op: "remove", value: null }).text).toBe(
      exampleWith('    "topk_src_episodes": 15,\n', ""),
    );
    expect(refusal({ path: "dataset.repo_id", op: "remove", value: null }).code).toBe("config.required");
  });

  it("keeps CRLF line ends and a missing final newline", () => {
    const windows = exampleText.trimEnd().replaceAll("\n", "\r\n");
    const { text } = applyEdits(windows, [
      { path: "ot.sharpness", op: "set", value: 0.5 },
      { path: "ot.obs_keys", op: "set", value: ["observation.images.front"] },
    ]);
    expect(text.replaceAll("\r\n", "")).not.toContain("\n");
    expect(text.endsWith("}")).toBe(true);
    expect(text).toContain('"obs_keys": ["observation.images.front"],\r\n');
  });

  const knobs = [
    "ot.loss_config.reg",
    "ot.loss_config.tau_src",
    "ot.lambda_ot",
    "policy.optimizer_lr",
    labelWeight,
  ];
  const factor = fc.double({ min: 0.1, max: 10, noNaN: true }).filter((value) => Math.abs(value - 1) > 1e-4);
  prop.prop([fc.subarray(knobs, { minLength: 1 }), factor])(
    "touches the edited paths and lines and no other",
    (paths, value) => {
      const { text, config, edits } = applyEdits(
        exampleText,
        paths.map((path) => ({ path, op: "scale", value })),
      );
      expect(changedLeaves(parseLenientJson(exampleText), config)).toHaveLength(paths.length);
      expect(changedLines(exampleText, text)).toBe(paths.length);
      expect(parseLenientJson(text)).toEqual(config);
      expect(checkConfig({ text, fork: "train-logging" }).launchable).toBe(true);
      expect(edits.map((edit) => edit.path)).toEqual(paths);
    },
  );

  prop.prop([fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ min: 0.01, max: 1 })])(
    "leaves the bounds never, whatever is asked",
    (value, max) => {
      const bounds = { "ot.lambda_ot": { min: 0.005, max } };
      try {
        const [edit] = apply({ path: "ot.lambda_ot", op: "set", value }, { bounds }).edits;
        expect(edit?.to).toBeGreaterThanOrEqual(0.005);
        expect(edit?.to).toBeLessThanOrEqual(max);
      } catch (error) {
        expect(error).toBeInstanceOf(AutoloopError);
        expect(error).toHaveProperty("code", expect.stringMatching(/out-of-bounds|no-op/));
      }
    },
  );

  prop.prop([fc.integer({ min: -1000, max: 1000 }), fc.double({ min: 0, max: 5, noNaN: true })])(
    "gives integer fields integers",
    (start, value) => {
      const text = exampleWith('"window_size": 8', `"window_size": ${start}`);
      fc.pre(Math.round(start * value) !== start);
      const { text: edited, edits } = applyEdits(text, [{ path: "ot.window_size", op: "scale", value }]);
      expect(Number.isInteger(edits[0]?.to)).toBe(true);
      expect(edited).toMatch(/"window_size": -?\d+,\n/);
    },
  );
});

describe.skipIf(!realData)("applyEdits on real files (skipped: AUTOLOOP_REAL_DATA is not set)", () => {
  it("changes one line of every real file when reg is scaled, and nothing when scaled back", () => {
    for (const { name, text } of realConfigs()) {
      const path = "ot.loss_config.reg";
      const once = applyEdits(text, [{ path, op: "scale", value: 2 }]);
      expect(changedLines(text, once.text), name).toBe(1);
      expect(changedLeaves(parseLenientJson(text), once.config), name).toEqual(["/ot/loss_config/reg"]);
      const [edit] = once.edits;
      const back = applyEdits(once.text, [{ path, op: "set", value: edit?.from ?? null }]);
      // Some real files say 0.15000000000000002 and the like, which we never write.
      const dust = /"reg": [\d.]{12,}/.test(text) ? ["/ot/loss_config/reg"] : [];
      expect(changedLeaves(parseLenientJson(text), back.config), name).toEqual(dust);
    }
  });

  it("removes any cost term of any real file and leaves the others as they are", () => {
    for (const { name, text } of realConfigs()) {
      const config = parseLenientJson(text);
      const features = valueAt(config, ["ot", "loss_config", "features"]);
      if (!Array.isArray(features) || features.length < 2) continue;
      for (const [index, feature] of features.entries()) {
        const path = `ot.loss_config.features[${feature.term_name}]`;
        expect(parsePath(path)).toHaveLength(4);
        const edited = applyEdits(text, [{ path, op: "remove", value: null }]);
        expect(valueAt(edited.config, ["ot", "loss_config", "features"]), name).toEqual(
          features.toSpliced(index, 1),
        );
        const gone = text.split("\n").length - edited.text.split("\n").length;
        expect(gone, name).toBeGreaterThan(5);
      }
    }
  });
});
