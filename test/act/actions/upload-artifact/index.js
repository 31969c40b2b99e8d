const { cpSync, existsSync } = require("node:fs");
const { join, resolve } = require("node:path");

const from = resolve(process.env.GITHUB_WORKSPACE ?? ".", process.env.INPUT_PATH ?? ".");
const to = join(process.env.STAND_IN_ARTIFACTS ?? "", process.env.INPUT_NAME ?? "artifact");
if (!existsSync(from)) console.log("::warning::No files were found with the provided path");
else if (existsSync(to)) throw new Error("an artifact with this name already exists on the workflow run");
else cpSync(from, to, { recursive: true });
