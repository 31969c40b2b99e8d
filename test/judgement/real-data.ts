/** Files of the folder that AUTOLOOP_REAL_DATA names; tests over them are skipped without it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const realData = process.env["AUTOLOOP_REAL_DATA"];

export function realText(path: string): string {
  if (!realData) throw new Error("AUTOLOOP_REAL_DATA is not set");
  return readFileSync(join(realData, path), "utf8");
}

/** Every distinct ACT+OT configuration of the fork. */
export function realConfigs(): readonly { readonly name: string; readonly text: string }[] {
  if (!realData) return [];
  return readdirSync(join(realData, "configs"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => ({ name, text: realText(`configs/${name}`) }));
}
