/**
 * `npm run bench [name…]`: bundles bench/<name>.ts, because Node 20 runs no TypeScript, and starts each in a process of its
 * own, so that its peak memory is its own. Without a name, all. Programs that a bench starts lie in bench/<name>/.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";

const BENCH = import.meta.dirname;
const ROOT = resolve(BENCH, "..");
const CACHE = join(ROOT, "node_modules", ".cache", "autoloop-bench");

/** @param {string} folder */
function programsIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -".ts".length));
}

/** @param {string} name */
async function bundle(name) {
  const dir = join(CACHE, name);
  const programs = programsIn(join(BENCH, name)).map((program) => [
    program,
    join(BENCH, name, `${program}.ts`),
  ]);
  const made = await rolldown({
    input: Object.fromEntries([["main", join(BENCH, `${name}.ts`)], ...programs]),
    platform: "node",
    resolve: { mainFields: ["module", "main"] },
    logLevel: "silent",
  });
  await made.write({ dir, format: "esm", cleanDir: true, entryFileNames: "[name].js" });
  await made.close();
  return join(dir, "main.js");
}

const known = programsIn(BENCH);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no bench ${unknown.join(", ")}. There are: ${known.join(", ")}.\n`);
  process.exit(2);
}
for (const name of asked.length > 0 ? asked : known) {
  const { status } = spawnSync(process.execPath, ["--expose-gc", await bundle(name)], {
    stdio: "inherit",
    cwd: ROOT,
  });
  // A missed goal is printed, not failed; this is a bench that broke.
  if (status !== 0) process.exitCode = 1;
}
