import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { override, parseArguments } from "./arguments.ts";
import { type Checkpoint, loadCheckpoint } from "./checkpoint.ts";
import { readConfig, type TrainerConfig } from "./config.ts";
import { decodeConfig } from "./decode-config.ts";
import type { TrainerHost } from "./host.ts";
import { checkBeforeStart } from "./launch-checks.ts";
import { type Literal, type LiteralMap, parseLiteral } from "./literal.ts";
import { localTime } from "./log.ts";
import { PythonError } from "./python-error.ts";

/** What a command line comes to: a configuration that may start. */
export interface Launch {
  readonly config: TrainerConfig;
  readonly decoded: LiteralMap;
  /** As configured, for people. */
  readonly outputName: string;
  /** Absolute. */
  readonly outputDir: string;
  readonly checkpoint: Checkpoint | null;
}

/** Reads arguments and files; throws what the trainer refuses before W&B knows of the run. */
export function prepareLaunch(host: TrainerHost): Launch {
  const given = parseArguments(host.argv);
  let raw: Literal = given.configPath === null ? new Map() : readConfigFile(host, given.configPath);
  for (const change of given.overrides) raw = override(raw, change);
  const decoded = withCheckpointPath(decodeConfig(raw), given.configPath);
  const config = readConfig(decoded);
  if (!config) {
    throw new PythonError(
      "ValueError",
      "Policy is not configured. Please specify a pretrained policy with `--policy.path`.",
    );
  }
  checkBeforeStart(config, { ...given, isFolder: (path) => isFolder(resolve(host.cwd, path)) });
  if (config.policy.device?.startsWith("cuda")) {
    host.stderr(`WARNING:root:Device '${config.policy.device}' is not available. Switching to 'cpu'.\n`);
  }
  const outputName = config.outputDir ?? datedOutput(host.clock.now(), config.jobName);
  return {
    config,
    decoded,
    outputName,
    outputDir: resolve(host.cwd, outputName),
    checkpoint: config.resume && given.configPath !== null ? resumeFrom(host, given.configPath) : null,
  };
}

/** A resumed run carries the folder it goes on from in its configuration. */
function withCheckpointPath(decoded: LiteralMap, configPath: string | null): LiteralMap {
  if (decoded.get("resume") !== true || configPath === null) return decoded;
  const model = configPath.endsWith(".json") ? dirname(configPath) : configPath;
  return new Map(decoded).set("checkpoint_path", dirname(model));
}

function readConfigFile(host: TrainerHost, path: string): Literal {
  const file = configFileAt(resolve(host.cwd, path));
  if (!existsSync(file)) {
    throw new PythonError(
      "huggingface_hub.errors.LocalEntryNotFoundError",
      "An error happened while trying to locate the file on the Hub and we cannot find the requested files in the local cache. Please check your connection and try again or make sure your Internet connection is on.",
    );
  }
  return parseLiteral(readFileSync(file, "utf8"));
}

/** A folder stands for the `train_config.json` in it. */
function configFileAt(path: string): string {
  return isFolder(path) ? join(path, "train_config.json") : path;
}

function resumeFrom(host: TrainerHost, path: string): Checkpoint {
  host.stdout("Loading weights from local directory\n");
  return loadCheckpoint(configFileAt(resolve(host.cwd, path)));
}

function datedOutput(now: number, jobName: string): string {
  const [date = "", time = ""] = localTime(now).split(" ");
  return `outputs/train/${date}/${time.replace(/:/g, "-")}_${jobName}`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
