import { execa } from "execa";
import type { Environment, RunCommand } from "./ports.ts";

/** Runs `nvidia-smi`, `git` and the like with the given environment and nothing else. */
export function commandRunner(environment: Environment): RunCommand {
  const own = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
  return async ({ file, args, timeoutMs, env = own, cwd, signal }) => {
    const result = await execa(file, [...args], {
      env,
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { cancelSignal: signal }),
      extendEnv: false,
      reject: false,
      stdin: "ignore",
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    if (result.exitCode !== undefined) {
      return { kind: "exited", exit: result.exitCode, stdout: result.stdout, stderr: result.stderr };
    }
    if (result.code === "ENOENT") return { kind: "missing" };
    return {
      kind: "failed",
      why: result.timedOut
        ? `no answer within ${timeoutMs} ms`
        : (result.shortMessage ?? "it could not be run"),
    };
  };
}
