/** Programs that tests spawn, bundled into a folder of their own that the caller removes. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

export function tinyTrainer(): Promise<string> {
  return bundle(new URL("../../embedded/trainer/run-trainer.ts", import.meta.url));
}

export function relayProgram(): Promise<string> {
  return bundle(new URL("relay-process.ts", import.meta.url));
}

async function bundle(entry: URL): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "autoloop-tap-"));
  await build({
    input: fileURLToPath(entry),
    platform: "node",
    logLevel: "warn",
    // As in rolldown.config.ts: one of the libraries can only be bundled from its module build.
    resolve: { mainFields: ["module", "main"] },
    output: { dir, format: "esm", entryFileNames: "program.mjs" },
  });
  return join(dir, "program.mjs");
}
