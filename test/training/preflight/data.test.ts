import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { missingData } from "../../../src/training/preflight/data.ts";
import { scratch } from "../real-ports.ts";

it("tells everything that is missing at once", async () => {
  const cwd = scratch(onTestFinished);
  const config = {
    dataset: { root: "data/tgt" },
    ot: { enable: true, src_root: "data/src", pair_info_path: "data/pairs.json" },
  };
  expect(await missingData(config, cwd)).toBe(
    "`dataset.root` is data/tgt, and there is no such folder; `ot.src_root` is data/src, and there is no such folder; " +
      `\`ot.pair_info_path\` is data/pairs.json, and there is no such file, seen from ${cwd}. ` +
      "Put the data there (pair data are not in the clone's git), or give the round up: what was merged is trained as it is, " +
      "so revert its merge, correct the path in the template and let the next round in.",
  );
  for (const folder of ["data/tgt", "data/pairs.json"]) mkdirSync(join(cwd, folder), { recursive: true });
  expect(await missingData(config, cwd)).toMatch(/^`ot\.src_root` is .*; `ot\.pair_info_path` is /);
  expect(await missingData({ ...config, ot: { ...config.ot, enable: false } }, cwd)).toBeNull();
});
