import { AutoloopError } from "../errors.ts";
import type { Device } from "./gpus.ts";
import type { Environment } from "./ports.ts";

const ALLOWED = new Set([
  ..."PATH HOME LANG TMPDIR LD_LIBRARY_PATH VIRTUAL_ENV CONDA_PREFIX PYTHONPATH TORCH_HOME".split(" "),
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]),
  ..."WANDB_API_KEY WANDB_BASE_URL WANDB_RUN_GROUP".split(" "),
]);
const ALLOWED_PREFIXES = ["HF_", "CUDA_"];
/** With these a training could read the job's tokens or set its outputs. `GH_TOKEN` and its like are GitHub's own program's. */
export const WITHHELD_PREFIXES = ["GITHUB_", "GH_", "INPUT_", "ACTIONS_", "RUNNER_", "STATE_"];

/** Whether no setting can show this variable to a training. */
export function isWithheld(name: string): boolean {
  return WITHHELD_PREFIXES.some((prefix) => name.toUpperCase().startsWith(prefix));
}

export interface TrainerEnvironmentOptions {
  /** The environment of this process. */
  readonly environment: Environment;
  /** Names from `trainer.env`. */
  readonly extra: readonly string[];
  readonly device: Device;
  /** Value of WANDB_RUN_GROUP: the trainer has no flag for it (trainer facts 4). */
  readonly group: string;
  /** Variables with which it logs through the live tap; they come before any other. */
  readonly tap?: Readonly<Record<string, string>> | undefined;
}

/** All that a training sees: an allow-list, never the whole environment. Throws as `checkExtraVariables` does. */
export function trainerEnvironment(options: TrainerEnvironmentOptions): Record<string, string> {
  return {
    ...allowedEnvironment(options),
    ...deviceVariables(options.device),
    WANDB_RUN_GROUP: options.group,
    ...(options.tap ? { ...pastTheProxy(options.environment), ...options.tap } : {}),
  };
}

/** What the allow-list lets through. Throws as `checkExtraVariables` does. */
export function allowedEnvironment({
  environment,
  extra,
}: Pick<TrainerEnvironmentOptions, "environment" | "extra">): Record<string, string> {
  checkExtraVariables(extra);
  const wanted = (name: string): boolean =>
    ALLOWED.has(name) || extra.includes(name) || ALLOWED_PREFIXES.some((prefix) => name.startsWith(prefix));
  const seen = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && wanted(name) ? [[name, value] as const] : [],
  );
  return Object.fromEntries(seen);
}

/** The SDK's Python half would look for the tap behind the proxy: it makes no exception for the loopback. */
function pastTheProxy(environment: Environment): Record<string, string> {
  const listed = environment["no_proxy"] ?? environment["NO_PROXY"];
  const hosts = listed ? `${listed},127.0.0.1` : "127.0.0.1";
  return { NO_PROXY: hosts, no_proxy: hosts };
}

/**
 * By uuid, because CUDA and nvidia-smi count differently (search facts 11). An empty list hides every GPU; leaving the
 * variable out would show them all.
 */
function deviceVariables(device: Device): Record<string, string> {
  return device.kind === "gpu"
    ? { CUDA_VISIBLE_DEVICES: device.id, CUDA_DEVICE_ORDER: "PCI_BUS_ID" }
    : { CUDA_VISIBLE_DEVICES: "" };
}

/**
 * The settings refuse the same when they are read; here nothing else is trusted to have done so.
 * @throws AutoloopError `settings.trainer-env` when a variable of the job itself is asked for.
 */
export function checkExtraVariables(names: readonly string[]): void {
  const refused = names.find(isWithheld);
  if (refused === undefined) return;
  throw new AutoloopError("settings.trainer-env", {
    what: `\`trainer.env\` names ${refused}, which belongs to the workflow job.`,
    next: "Remove it: a training must not see the job's tokens or files.",
  });
}
