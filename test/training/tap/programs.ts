/** Programs that tests spawn, each bundled once per run of the tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const bundles = new Map<string, Promise<string>>();

export function tinyTrainer(): Promise<string> {
  return bundled(new URL("../../embedded/trainer/run-trainer.ts", import.meta.url));
}

export function relayProgram(): Promise<string> {
  return bundled(new URL("relay-process.ts", import.meta.url));
}

function bundled(entry: URL): Promise<string> {
  const known = bundles.get(entry.href) ?? bundle(entry);
  bundles.set(entry.href, known);
  return known;
}

async function bundle(entry: URL): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "autoloop-tap-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
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
