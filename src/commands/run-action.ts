import type { House, Surroundings } from "../house.ts";
import { renderJobSummary } from "../report/summary.ts";
import type { Outcome } from "../rounds/outcome.ts";
import type { LaunchPorts } from "../training/launch-options.ts";
import type { ActionCommand } from "./action-command.ts";
import { collect } from "./collect.ts";
import { answerComment, type CommentResult } from "./comment.ts";
import { type LaunchResult, launch } from "./launch.ts";
import { type ReconcileResult, reconcileAll } from "./reconcile.ts";
import { type Dispatches, statusReport } from "./status.ts";
import { lookAround, type World } from "./world.ts";

export interface ActionResult {
  readonly document: object;
  /** Outputs of action.yml besides `result`. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string | null;
  /** A sentence when the job should be red. */
  readonly failed: string | null;
}

export interface ActionTools {
  readonly surroundings: Surroundings;
  readonly ports: LaunchPorts;
  readonly signal: AbortSignal;
}

export async function runActionCommand(
  house: House,
  tools: ActionTools,
  command: ActionCommand,
): Promise<ActionResult> {
  switch (command.name) {
    case "reconcile":
      return lookedAfter(house, command.name, await reconcileAll(house));
    case "collect":
      return lookedAfter(house, command.name, await collect(house, { ...command, folder: command.outcomes }));
    case "status":
      return status(house);
    case "comment":
      // Only a job that people start again is not the first one of its event.
      return answered(
        await answerComment(house, command.event, {
          isNew: tools.surroundings.env["GITHUB_RUN_ATTEMPT"] === "1",
        }),
      );
    case "launch":
      return launched(
        command.dispatch,
        await launch(house, tools.surroundings, { ...tools, ...command, waiting: "declined" }),
      );
  }
}

async function lookedAfter(house: House, name: string, done: ReconcileResult): Promise<ActionResult> {
  const { proposal, world, dispatches, ...result } = done;
  const opened = proposal?.kind === "opened" ? proposal : null;
  const outcome = opened ? { kind: opened.kind, round: opened.round, pull: opened.pull.number } : proposal;
  return {
    document: { schema: `autoloop/${name}@1`, ...result, proposal: outcome },
    outputs: opened ? { round: opened.round, "pull-request": String(opened.pull.number) } : {},
    summary: await statusSummary(house, world, dispatches),
    failed: null,
  };
}

async function status(house: House): Promise<ActionResult> {
  const world = await lookAround(house);
  return {
    document: { schema: "autoloop/status@1", ...(await statusReport(house, world)) },
    outputs: {},
    summary: await statusSummary(house, world),
    failed: null,
  };
}

function answered(result: CommentResult): ActionResult {
  const unclear = result.kind === "ignored" && result.why === "permission-unknown";
  return {
    document: { schema: "autoloop/comment@1", ...result },
    outputs: {},
    summary: null,
    failed: unclear ? "GitHub did not say what this person may do, so nothing was done." : null,
  };
}

function launched(dispatch: string, { outcomes, notRun, refused }: LaunchResult): ActionResult {
  const trials = outcomes.map(({ trial, attempt, outcome, reason }) => ({ trial, attempt, outcome, reason }));
  return {
    document: { schema: "autoloop/launch@1", dispatch, trials, not_run: notRun },
    outputs: { dispatch, trials: JSON.stringify(trials.map(({ trial }) => trial)) },
    summary: null,
    failed:
      refused === null
        ? null
        : `${outcomes.some(wasBegun) ? "Not everything" : "Nothing"} was trained. ${refused}`,
  };
}

function wasBegun({ device_seconds }: Outcome): boolean {
  return device_seconds > 0;
}

async function statusSummary(house: House, world: World, dispatches?: Dispatches): Promise<string> {
  const report = await statusReport(house, world, dispatches);
  return renderJobSummary({ kind: "status", status: report }, house.voice);
}
