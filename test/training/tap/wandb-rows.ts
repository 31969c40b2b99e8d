import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readWandbFile } from "../../../src/runs/wandb-file.ts";

/** What the only `.wandb` file below a folder holds of one metric, whether it is intact and how the run ended. */
export async function readLocal(folder: string, key: string) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const [path = "", ...more] = files.filter((name) => /^(?!.*latest-run).*\.wandb$/.test(name));
  if (more.length > 0) throw new Error(`several files below ${folder}`);
  const { points, steps, exitCode, losses } = await readWandbFile({
    path: join(folder, path),
    wants: (name) => name === key,
  });
  const { badHeader, damaged, lostRecords, tail } = losses;
  return {
    steps,
    values: points[0]?.values ?? [],
    exitCode,
    intact: !badHeader && damaged + lostRecords + tail === 0,
  };
}
