/** What the trainer's Python must have, and why (trainer facts 4, 6, 18). Pure. */
import { type Finding, note, stop } from "./finding.ts";
import type { ProbeResult, PythonFacts } from "./python-probe.ts";

export interface PythonNeeds {
  /** Any of the configurations uses optimal transport. */
  readonly ot: boolean;
}

const ANYWAY = "or set `trainer.preflight: false` if the trainer runs all the same";

export function judgePython(probe: ProbeResult, needs: PythonNeeds): readonly Finding[] {
  switch (probe.kind) {
    case "no-python":
      return [
        stop(
          `The trainer cannot be started: ${probe.why}. Activate its environment on the runner, or name the program with its full path in \`trainer.command\`.`,
        ),
      ];
    case "broken":
      return [stop(`The trainer's Python does not work: ${probe.why}. Repair its environment, ${ANYWAY}.`)];
    case "silent":
      return [note(`The trainer's Python could not be looked at: ${probe.why}.`)];
    case "facts": {
      const { facts, module } = probe;
      return [
        note(summary(facts)),
        ...judgeModule(facts, module),
        ...judgeWandb(facts),
        ...(needs.ot ? judgePot(facts) : []),
        ...judgeTorch(facts),
        ...judgeServer(facts),
      ];
    }
  }
}

function summary({ python, torch, cuda, wandb, pot }: PythonFacts): string {
  const packages = [`torch ${torch ?? "–"}`, `wandb ${wandb ?? "–"}`, `POT ${pot ?? "–"}`];
  const gpus = cuda ? [`${cuda.visible} GPUs visible`] : [];
  return `The trainer's environment: Python ${python}, ${[...packages, ...gpus].join(", ")}.`;
}

function judgeModule({ module: found }: PythonFacts, module: string | null): readonly Finding[] {
  if (found === null || found === "found") return [];
  const how = found === "missing" ? "is not there" : `cannot be imported (${found.slice(0, 300)})`;
  return [
    stop(
      `The module ${module} ${how}. Install the trainer into this Python, or put its \`src\` folder into PYTHONPATH.`,
    ),
  ];
}

function judgeWandb({ wandb, get_url: hasGetUrl }: PythonFacts): readonly Finding[] {
  if (wandb === null)
    return [stop('The package wandb is not installed. Install it: pip install "wandb<0.22".')];
  if (isOlder(wandb, "0.22")) return [];
  if (hasGetUrl === true)
    return [note(`wandb ${wandb} is newer than the trainer's pin (below 0.22); it still has Run.get_url.`)];
  return [
    stop(
      `wandb ${wandb} no longer has Run.get_url, so the trainer dies right after its start. Install "wandb<0.22", ${ANYWAY}.`,
    ),
  ];
}

function judgePot({ pot }: PythonFacts): readonly Finding[] {
  const install = 'Install it: pip install "pot>=0.9.5"';
  if (pot === null) return [stop(`The package POT is not installed, and OT needs it. ${install}.`)];
  if (!isOlder(pot, "0.9.5")) return [];
  return [
    stop(
      `POT ${pot} ignores the reference measure, so nothing that is computed about the plan would hold. ${install}.`,
    ),
  ];
}

function judgeTorch({ torch, cuda }: PythonFacts): readonly Finding[] {
  if (torch === null) return [stop("PyTorch is not installed. Install the trainer's requirements.")];
  if (cuda === null || cuda.visible > 0) return [];
  const why =
    cuda.error ??
    (cuda.build === null ? `torch ${torch} was built without CUDA` : `built for CUDA ${cuda.build}`);
  return [
    stop(
      `PyTorch sees no GPU (${why.slice(0, 300)}), so the trainer would go on on the CPU. Install the CUDA build that fits the driver, and look at CUDA_VISIBLE_DEVICES.`,
    ),
  ];
}

function judgeServer({ server }: PythonFacts): readonly Finding[] {
  if (server === null) return [];
  const { host, key, proxied, status, error } = server;
  const way = proxied ? "through the proxy of the environment" : "without a proxy";
  const keyless =
    key === false
      ? [
          stop(
            `No W&B key is known for ${host}, and the trainer does not start without one. Set WANDB_API_KEY for the launch, or run \`wandb login\` as its user.`,
          ),
        ]
      : [];
  const wrong = error ?? (status === 407 || (status ?? 0) >= 500 ? `it answers with status ${status}` : null);
  if (wrong === null) return keyless;
  // W&B's own program brings certificates of its own.
  const level = wrong.includes("CERTIFICATE_VERIFY_FAILED") ? note : stop;
  return [
    ...keyless,
    level(
      `${host} cannot be reached ${way}: ${wrong.slice(0, 300)}. Check HTTPS_PROXY, NO_PROXY and WANDB_BASE_URL; with \`trainer.wandb_mode: offline\` or \`trainer.tap: true\` training does not depend on it.`,
    ),
  ];
}

/** By numbers, as far as both have them: `0.9.7.post1` is not older than `0.9.5`. */
function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map((part) => Number.parseInt(part, 10)));
  for (const [index, wanted] of (b ?? []).entries()) {
    const has = a?.[index] ?? 0;
    if (Number.isNaN(has) || has !== wanted) return has < wanted;
  }
  return false;
}
