import { execa } from "execa";
import type { Environment, RunCommand } from "./ports.ts";

/** Runs `nvidia-smi` and `git` with the given environment and nothing else. */
export function commandRunner(environment: Environment): RunCommand {
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined));
  return async ({ file, args, timeoutMs }) => {
    const result = await execa(file, [...args], {
      env,
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
