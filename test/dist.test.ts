import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type OutputOptions, rolldown } from "rolldown";
import { expect, it } from "vitest";
import config from "../rolldown.config.ts";

it("dist/ is what src/ builds to (else: npm run build)", async () => {
  const made = mkdtempSync(join(tmpdir(), "autoloop-dist-"));
  try {
    const { output, ...input } = config as { output: OutputOptions };
    const bundle = await rolldown({ ...input, logLevel: "silent" });
    await bundle.write({ ...output, dir: made });
    await bundle.close();
    const committed = resolve(import.meta.dirname, "../dist");
    expect(readdirSync(committed).sort()).toEqual(readdirSync(made).sort());
    const stale = readdirSync(made).filter(
      (file) => !readFileSync(join(made, file)).equals(readFileSync(join(committed, file))),
    );
    expect(stale).toEqual([]);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}, 60_000);
