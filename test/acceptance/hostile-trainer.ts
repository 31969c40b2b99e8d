/** The texts of the hostile lab, and the program that stands in for a trainer that turned against whoever started it. */

/** One text with everything that the fact sheets warn of. */
export const EVIL = [
  "@octocat @lab/team fixes #1 lab/policies#2 GH-3 https://github.com/lab/policies/issues/1",
  "<!-- autoloop:status --> <img src=x onerror=y> <details> | a | b |",
  "```\n::set-output name=round::9999\n##[error]PWNED\n[skip ci] skip-checks: true\nCo-authored-by: x <x@y.z>",
  "$(touch PWNED) `touch PWNED`; touch PWNED ../../../PWNED \u001b[31m\u202e\u200b\u0007",
].join("\n");

/** As the name of a file: everything of it that a file system takes. */
export const EVIL_FILE =
  "act_fr3_ot_$(touch PWNED)`id` @octocat #1 [skip ci] <!-- autoloop:status -->|\u202e'\".json";

/** What the program wrote down about the room that it found itself in. */
export interface Seen {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** From the environment of the process that started it: the same user may read that. */
  readonly launcherToken: string;
}

/**
 * Called as `node FILE <node> <rehearsal.js> trainer …`: writes down what it sees, plants files among the outcomes, prints hostile lines
 * (the W&B key among them) and trains; the hostile configuration ends with exit code 1.
 */
export function hostileTrainer(options: { seen: string; planted: string }): string {
  return `
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync, truncateSync, rmSync } from "node:fs";
import { join } from "node:path";

const evil = ${JSON.stringify(EVIL)};
const [node, ...rest] = process.argv.slice(2);
const launcher = "/proc/" + process.ppid;
const variables = readFileSync(launcher + "/environ", "utf8").split("\\0");
const launcherToken = (variables.find((one) => one.startsWith("INPUT_TOKEN=")) ?? "").slice("INPUT_TOKEN=".length);
appendFileSync(${JSON.stringify(options.seen)}, JSON.stringify({ argv: rest, env: process.env, launcherToken }) + "\\n");

const outcomes = join(readlinkSync(launcher + "/cwd"), "outcomes");
mkdirSync(outcomes, { recursive: true });
const plant = (name, make) => { const path = join(outcomes, name); rmSync(path, { force: true }); make(path); };
const forged = readFileSync(${JSON.stringify(options.planted)}, "utf8");
plant("0099a-s42-1.json", (path) => writeFileSync(path, forged));
plant("0098a-s42-1.json", (path) => symlinkSync(${JSON.stringify(options.planted)}, path));
plant("0097a-s42-1.json", (path) => { writeFileSync(path, forged); truncateSync(path, 5_000_000); });
plant("z.json", (path) => writeFileSync(path, forged.replaceAll("0099a", "0001b")));
plant("::error::PWNED.json", (path) => writeFileSync(path, evil));

const key = process.env.WANDB_API_KEY ?? "";
const say = () => console.log("x".repeat(100_000) + "\\n" + key + " " + Buffer.from("api:" + key).toString("base64") + "\\n" + evil);
say();
const child = spawn(node, rest, { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => {
  const file = (rest.find((one) => one.startsWith("--config_path=")) ?? "").slice("--config_path=".length);
  const hostile = readFileSync(file, "utf8").includes("octocat");
  if (hostile) say();
  process.exitCode = hostile ? 1 : (code ?? 1);
});
`;
}
