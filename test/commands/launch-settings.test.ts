import { expect, it } from "vitest";
import { launchSettings } from "../../src/commands/launch-settings.ts";
import { parseSettings } from "../../src/settings.ts";

it("names what the loop writes itself, so that it is not taken for a change of the trainer", () => {
  const ownPaths = (paths: string) => {
    const settings = parseSettings({ path: "s.yml", text: `trainer: { cwd: /t }\n${paths}` });
    return launchSettings({ settings }, { stateDir: "/s", outcomesDir: null }).trainer.ownPaths;
  };
  const configs = "src/lerobot/scripts/train_config";
  expect(ownPaths("")).toEqual([
    ".github/**",
    `${configs}/*.json`,
    `${configs}/reports/act_ot.md`,
    `${configs}/reports/data/**`,
  ]);
  expect(ownPaths('paths: { configs: "./a[1]/", reports: ., report: b.md }')).toEqual([
    ".github/**",
    String.raw`a\[1\]/*.json`,
    "b.md",
    "data/**",
  ]);
});
