import { readdirSync } from "node:fs";
import { join } from "node:path";
import { realData, realText } from "./real-data.ts";

/** Files of the real runs whose path below `real-runs` fits. */
export function realRunFiles(fits: RegExp): readonly { readonly name: string; readonly text: string }[] {
  return readdirSync(join(realData ?? "", "real-runs"), { recursive: true, encoding: "utf8" })
    .filter((path) => fits.test(path))
    .map((name) => ({ name, text: realText(`real-runs/${name}`) }));
}
