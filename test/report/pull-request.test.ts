import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { text } from "../../src/judgement/texts.ts";
import { BODY_LIMITS, fits } from "../../src/report/budget.ts";
import { sourceOf } from "../../src/report/escape.ts";
import type { RoundProposal, VariantView } from "../../src/report/models.ts";
import {
  bodyHash,
  proposalMarker,
  pullRequestTitle,
  renderPullRequest,
} from "../../src/report/pull-request.ts";
import { commandTable } from "../../src/report/replies.ts";
import {
  dangers,
  hostile,
  manifest,
  massLow,
  runAnalysis,
  sampleVoice,
  skeleton,
  variant,
} from "./samples.ts";

const config = (reg: number, name = "action_lbl") => ({
  ot: {
    lambda_ot: 0.1,
    loss_config: { reg, features: [{ src_key: "action", term_name: name, weight_label: 0.02 }] },
  },
});

function view(id: string, changes: Partial<VariantView> = {}): VariantView {
  return {
    id,
    config: config(0.4),
    parent: {
      label: "run_a",
      url: "https://wandb.ai/lab/robots/runs/abc123",
      config: config(0.2),
      summary: runAnalysis().summary,
      pictures: [{ text: "transported mass", url: "https://figures.example/0007/pi.svg" }],
    },
    temperature: 2.4,
    check: { path: "configs/a.json", launchable: true, errors: [], warnings: [], hash: null },
    findings: [massLow],
    record: { rule: "ot-lift", hits: 7, total: 8, meanError: 0.02, text: { key: "record.rule", values: {} } },
    edited: null,
    ...changes,
  };
}

function proposal(changes: Partial<RoundProposal> = {}): RoundProposal {
  return {
    manifest: manifest(),
    manifestSha256: "ab".repeat(32),
    variants: [view("0007a")],
    warnings: [],
    mode: "train",
    ...changes,
  };
}

describe("renderPullRequest", () => {
  it("tells a reviewer what to decide and with what", () => {
    const { title, body } = renderPullRequest(proposal(), sampleVoice());
    expect(title).toBe("autoloop round 0007: 1 variant");
    expect(body).toBe(`<!-- autoloop:proposal 0007 sha256:${"ab".repeat(32)} -->

Round 0007 tries new configurations. Variants: 1; controls and replicates: 0; trials: 1. Topic: lift the mass

| variant | file                                | change       | seeds |   T | launches | predicted              |
| :------ | :---------------------------------- | :----------- | :---- | --: | :------- | :--------------------- |
| \`0007a\` | \`act_r0007a_mass-up-t2_3f9c2d.json\` | \`mass-up-t2\` | 42    | 2.4 | yes      | \`train/ot_pi_sum\` 0.12 |

## Why each variant exists

### 0007a mass-up-t2

- File: \`configs/act_r0007a_mass-up-t2_3f9c2d.json\`
- Parent: \`act_parent.json\` ([run_a](https://wandb.ai/lab/robots/runs/abc123))
- Reason: rule.ot-lift
  - \`ot.loss_config.reg\`: \`0.2\` → \`0.4\` (×2)
- Predicted \`train/ot_pi_sum\`: 0.12, certain to lie in 0.09 … 0.15 while pairs cost what was logged
  - record.rule

Difference from the parent:

\`\`\`diff
- ot.loss_config.reg: 0.2
+ ot.loss_config.reg: 0.4
\`\`\`

**Findings**

- ✗ **problem** \`mass-low\` finding.mass-low (high confidence)
  - Evidence: \`median\` 0.004 · steps 1500–2000 · 10 points

What the parent logged:

| metric                     |  first |     last |    best@step |       Δ |       % |
| :------------------------- | -----: | -------: | -----------: | ------: | ------: |
| \`train/l1_loss\`            | 0.5182 |   0.1433 |  0.1226@1700 | -0.3749 | -72.3 % |
| \`train/ot_pi_sum\`          | 0.1134 | 5.567e-4 | 2.6e-85@1450 | -0.1128 | -99.5 % |
| \`eval/offline_eval/avg_l1\` | 0.6577 |   0.3288 |  0.3288@2000 | -0.3289 |   -50 % |

![transported mass](https://figures.example/0007/pi.svg)

## Cost and noise

- Cost: the device time of a trial is not measured yet. Trials: 1
- Noise floor of eval L1: differences below 0.0022 at equal seed, or below 0.1188 between single runs of two seeds, count as noise.

## What merging does

Merging is the approval: exactly the files as merged are trained on the GPU runner (trials: 1), and the results are appended to the report.

## How to change or refuse it

- To change a variant, edit its file in this branch before merging. To drop one, delete its entry from the manifest; delete its file only if this pull request adds it. Its name may stay: nothing is read out of names.
- To refuse the whole round, close this pull request without merging: nothing is trained.

## Commands

${sourceOf(commandTable(sampleVoice()))}

Commands stand alone on the first line of a comment and need write permission.
`);
  });

  it("shows temperature and complaints of the templates of a seed round, and no differences", () => {
    const template = variant("0001a", {
      parent: null,
      edits: [],
      predicts: null,
      rule: null,
      signal: "seed",
    });
    const refused = {
      path: "configs/b.json",
      launchable: false,
      errors: [{ path: "batch_size", message: text("check.decimal", { value: "12.0", remedy: "" }) }],
      warnings: [],
      hash: null,
    };
    const { body } = renderPullRequest(
      proposal({
        manifest: manifest({
          round: "0001",
          kind: "seed",
          variants: [template],
          budget: { trials: 1, device_hours: 1.5 },
        }),
        variants: [view("0001a", { parent: null, check: refused, findings: [] })],
      }),
      sampleVoice(),
    );
    expect(body).toContain("Round 0001 is the seed round");
    expect(body).toContain("| 42    | 2.4 | no       | –         |");
    expect(body).toContain("- **error** `batch_size`: check.decimal 12.0");
    expect(body).toContain("Cost: 1.5 h of device time are expected. Trials: 1");
    expect(body).not.toContain("```diff");
  });

  it("names controls and counts them apart", () => {
    const variants = [variant("0007a"), variant("0007b", { control: "lambda-zero", priority: 2 })];
    const round = proposal({ manifest: manifest({ variants }) });
    expect(pullRequestTitle(round)).toBe("autoloop round 0007: 1 variant");
    const { body } = renderPullRequest(round, sampleVoice("zh"));
    expect(body).toContain("变体：1；对照与重复：1");
    expect(body).toContain("| `0007b` (对照) |");
  });

  it("is found by its marker and hashes the same when GitHub has changed the line ends", () => {
    const { body, hash } = renderPullRequest(proposal(), sampleVoice());
    expect(body.split("\n")[0]).toBe(proposalMarker(proposal()));
    expect(bodyHash(body.replaceAll("\n", "\r\n").trimEnd())).toBe(hash);
    expect(bodyHash(`${body}edited`)).not.toBe(hash);
  });

  it("leaves out pictures and metrics before reasons, and says so", () => {
    const many = Array.from({ length: 26 }, (_value, index) => `0007${String.fromCharCode(97 + index)}`);
    const wide = Object.fromEntries(
      Array.from({ length: 40 }, (_value, index) => [`key_${index}`, "质".repeat(20)]),
    );
    const { body, dropped } = renderPullRequest(
      proposal({
        manifest: manifest({ variants: many.map((id) => variant(id)) }),
        variants: many.map((id) => view(id, { config: { ...config(0.4), ...wide } })),
      }),
      sampleVoice(),
    );
    expect(fits(body, BODY_LIMITS)).toBe(true);
    expect(dropped).toContain("pictures of 0007a");
    expect(dropped).not.toContain("reason of 0007z");
    expect(body).toContain("Left out because of GitHub's size limit:");
    expect(body).toContain("## What merging does");
    expect(body.match(/^```/gm)?.length).toBe(2 * (body.match(/^```diff$/gm)?.length ?? 0));
  });

  it("keeps its shape and does nothing, whatever configurations and runs are called", () => {
    const render = (word: string) =>
      renderPullRequest(
        proposal({
          manifest: manifest({
            topic: word,
            variants: [
              variant("0007a", {
                path: `configs/${word}`,
                signal: word,
                reason: { key: word, values: { word } },
                parent: { path: word, hash: "0".repeat(64), run: word },
                edits: [{ path: word, op: "set", value: word, from: word, to: word }],
              }),
            ],
          }),
          variants: [
            view("0007a", {
              config: config(0.4, "same"),
              parent: {
                ...view("0007a").parent!,
                label: word,
                url: null,
                config: { ...config(0.2, "same"), v: word },
              },
              check: {
                path: word,
                launchable: false,
                errors: [{ path: word, message: text("check.other-policy", { name: word }) }],
                warnings: [],
                hash: null,
              },
            }),
          ],
          warnings: [{ key: word, values: {} }],
        }),
        sampleVoice(),
      );
    const calm = skeleton(render("plain").body);
    fc.assert(
      fc.property(hostile(), (word) => {
        const { title, body } = render(`x${word}`);
        expect(title).toBe("autoloop round 0007: 1 variant");
        const outside = body.replace(/^(`{3,})diff\n[\s\S]*?\n\1$/gm, "");
        expect(dangers(outside)).toEqual([]);
        expect(body.split("<!--")).toHaveLength(2);
        expect(skeleton(body).map((line) => line.replace(/`+/, "```"))).toEqual(calm);
      }),
      { numRuns: 100 },
    );
  });

  it("shows what a reviewer made of a variant, as a difference from what was proposed", () => {
    const edited = { by: "ana", from: config(0.4) };
    const render = (change: Partial<VariantView>) =>
      renderPullRequest(proposal({ variants: [view("0007a", change)] }), sampleVoice()).body;
    const body = render({ config: config(0.9), edited });
    expect(body).toContain("| `0007a` (edited) |");
    expect(body).toContain(
      "`0007a`: Edited by reviewer `ana`. Difference from what was proposed:\n\n```diff\n- ot.loss_config.reg: 0.4\n+ ot.loss_config.reg: 0.9\n```",
    );
    expect(body).toContain("- ot.loss_config.reg: 0.2\n+ ot.loss_config.reg: 0.9");
    expect(render({ edited })).toContain("only the layout of the file, no value");
    expect(render({ edited: { by: null, from: null } })).toContain("`0007a`: Edited by reviewer.");
  });

  it("shows a reviewer's edit of a template too, in either language", () => {
    const template = variant("0001a", { parent: null, edits: [], predicts: null, rule: null });
    const round = proposal({
      manifest: manifest({ round: "0001", kind: "seed", variants: [template] }),
      variants: [view("0001a", { parent: null, edited: { by: "ana", from: config(0.1) } })],
    });
    expect(renderPullRequest(round, sampleVoice("zh")).body).toContain("已由审阅者 `ana` 修改");
  });

  it("says of a confirmation that it tries nothing new", () => {
    const again = (id: string) => variant(id, { edits: [], signal: "confirm", predicts: null, rule: null });
    const round = proposal({
      manifest: manifest({
        variants: [again("0007a"), again("0007b")],
        budget: { trials: 4, device_hours: null },
      }),
    });
    const { title, body } = renderPullRequest(round, sampleVoice());
    expect(title).toBe("autoloop round 0007: confirmation");
    expect(body).toContain("Round 0007 tries nothing new");
    expect(body).toContain("Configurations: 2; trials: 4.");
    expect(renderPullRequest(round, sampleVoice("zh")).body).toContain("不尝试新配置");
  });

  it("promises no training where the settings allow none", () => {
    for (const mode of ["report", "propose"] as const) {
      const { body } = renderPullRequest(proposal({ mode }), sampleVoice());
      expect(body).toContain(`The settings say mode: ${mode}, so nothing is trained`);
      expect(body).not.toContain("are trained on the GPU runner");
    }
  });
});
