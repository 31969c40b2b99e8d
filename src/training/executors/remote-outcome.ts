import type { Outcome } from "../../rounds/outcome.ts";
import { type AttemptRecord, writeAttempt } from "../attempt-record.ts";
import type { LaunchHooks, LaunchPorts, LaunchSettings } from "../launch-options.ts";
import { secretRemover } from "../neutral-text.ts";
import { composeOutcome } from "../outcome-content.ts";
import { priorCurves } from "../outcome-curves.ts";
import { keepOutcome } from "../outcome-files.ts";
import type { Followed } from "./follow.ts";
import { forgetSecrets, type JobReport } from "./job-folder.ts";
import { judgeRemoteEnding } from "./remote-ending.ts";
import { isOver } from "./state-watch.ts";

export interface ConcludeOptions {
  readonly settings: LaunchSettings;
  readonly ports: LaunchPorts;
  readonly hooks: LaunchHooks;
}

/** The outcome of a job that is over, written as that of a local attempt is. */
export async function concludeAttempt(
  record: AttemptRecord,
  followed: Extract<Followed, { kind: "ended" }>,
  { settings, ports, hooks }: ConcludeOptions,
): Promise<Outcome> {
  const { report, state, digest, tail } = followed;
  const judgement = judgeRemoteEnding({
    ...followed,
    gpu: record.remote?.gpu ?? false,
    complete: record.resumed?.complete,
  });
  const { started, ended } = times(report, ports.clock.now());
  const outcome = composeOutcome({
    facts: { ...record, started },
    judgement: {
      ...judgement,
      evidence: {
        ...judgement.evidence,
        job: report.started?.job ?? record.remote?.job ?? null,
        ...(isOver(state) ? { job_state: state.word } : {}),
      },
    },
    exit: report.ended?.exit ?? null,
    signal: report.ended?.signal ?? null,
    ended,
    device: deviceOf(report),
    digest,
    tail,
    written: (await hooks.curvesIn?.(record.output_dir)) ?? {},
    prior: await priorCurves(settings.stateDir, record),
    conditions: record.conditions,
    clean: secretRemover(ports.environment),
  });
  await keepOutcome(settings.stateDir, outcome);
  if (record.remote) await forgetSecrets(record.remote.folder);
  await writeAttempt(settings.stateDir, { ...record, state: "ended" });
  return outcome;
}

/** By the node's clock where it tells; a job that never began held no device. */
function times({ started, ended }: JobReport, now: number): { started: string; ended: string } {
  const end = ended?.at ?? Math.max(now, started?.at ?? 0);
  return { started: iso(started?.at ?? end), ended: iso(end) };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** `slurm:<node>`, with `:<gpus>` as the node numbers them where it has any for us. */
function deviceOf({ started }: JobReport): string {
  return ["slurm", started?.node, started?.gpus].filter((part) => part).join(":");
}
