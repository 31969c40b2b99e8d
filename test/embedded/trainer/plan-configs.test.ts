import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/embedded/trainer/config.ts";
import { decodeConfig } from "../../../src/embedded/trainer/decode-config.ts";
import { parseLiteral } from "../../../src/embedded/trainer/literal.ts";
import { planConfigs } from "../../../src/embedded/trainer/plan-configs.ts";

describe("planConfigs", () => {
  it("sorts by file name into the plan's order, under names that the templates' glob finds", () => {
    const files = planConfigs().map(({ file }) => file);
    expect(files).toEqual([...files].sort());
    expect(planConfigs().map(({ priority }) => priority)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const file of files) expect(file).toMatch(/^act_fr3_ot_[a-z0-9_]+\.json$/);
  });

  it("is launchable: nothing that the trainer's parser or the fork's HEAD refuses", () => {
    for (const { config } of planConfigs()) {
      const read = readConfig(decodeConfig(parseLiteral(JSON.stringify(config))));
      expect(read).toMatchObject({
        steps: 20_000,
        evalFreq: 50,
        batchSize: 8,
        policy: { type: "act", pushToHub: false },
        ot: { enable: true, bcSrcWeight: 0.9 },
        wandb: { enable: true },
      });
    }
  });
});
