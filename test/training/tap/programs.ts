/** Programs that tests spawn, each bundled once per run of the tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const bundles = new Map<string, Promise<string>>();

export function tinyTrainer(): Promise<string> {
  return bundled("../../embedded/trainer/run-trainer.ts");
}

export function relayProgram(): Promise<string> {
  return bundled("relay-process.ts");
}

function bundled(entry: string): Promise<string> {
  const known = bundles.get(entry) ?? bundle(entry);
  bundles.set(entry, known);
  return known;
}

async function bundle(entry: string): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "autoloop-tap-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  await build({
    input: fileURLToPath(new URL(entry, import.meta.url)),
    platform: "node",
    logLevel: "warn",
    output: { dir, format: "esm", entryFileNames: "program.mjs" },
  });
  return join(dir, "program.mjs");
}
