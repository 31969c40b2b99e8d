import { AutoloopError } from "../errors.ts";
import type { House, Surroundings } from "../house.ts";
import { renderJobSummary } from "../report/summary.ts";
import type { Outcome } from "../rounds/outcome.ts";
import type { Settings } from "../settings.ts";
import type { LaunchPorts } from "../training/launch-options.ts";
import { IssueCommentEvent } from "../wire/events.ts";
import { collect } from "./collect.ts";
import { answerComment } from "./comment.ts";
import { launch } from "./launch.ts";
import { type ReconcileResult, reconcileAll } from "./reconcile.ts";
import { type Dispatches, statusReport } from "./status.ts";
import { lookAround, type World } from "./world.ts";

export interface ActionInputs {
  readonly command: string;
  readonly mode: string;
  readonly event: string;
  readonly payload: unknown;
  readonly dispatch: string;
  readonly trials: string;
  readonly outcomes: string;
}

export type ActionCommand = { readonly mode?: Settings["mode"] | undefined } & (
  | { readonly name: "reconcile" | "status" }
  | { readonly name: "comment"; readonly event: IssueCommentEvent }
  | {
      readonly name: "launch";
      readonly dispatch: string;
      readonly trials: readonly string[];
      readonly outcomes: string;
    }
  | {
      readonly name: "collect";
      readonly dispatch: string;
      readonly outcomes: string;
      readonly trainingIsOver: boolean;
    }
);

const MODES: readonly string[] = ["", "report", "propose", "train", "reconcile", "status"];

/** What a workflow job asks for, from its inputs and its event. */
export function actionCommand(inputs: ActionInputs): ActionCommand {
  const name = inputs.command || (inputs.event === "issue_comment" ? "comment" : "reconcile");
  if (!MODES.includes(inputs.mode)) {
    throw new AutoloopError("arguments.mode", {
      what: `There is no mode "${inputs.mode}".`,
      next: `Use one of ${MODES.filter(Boolean).join(", ")}.`,
    });
  }
  const mode = inputs.mode === "report" || inputs.mode === "propose" ? inputs.mode : undefined;
  if (name === "comment") return { name, event: parseComment(inputs.payload) };
  if (name === "launch" || name === "collect") {
    const dispatch = checkDispatch(inputs.dispatch, name);
    const trials = inputs.trials === "all" ? [] : inputs.trials.split(/[\s,]+/).filter(Boolean);
    return name === "launch"
      ? { name, dispatch, trials, outcomes: inputs.outcomes }
      : { name, dispatch, outcomes: inputs.outcomes, trainingIsOver: true };
  }
  if (name === "status" || inputs.mode === "status") return { name: "status" };
  if (name === "reconcile") return { name, mode };
  throw new AutoloopError("arguments.command", {
    what: `There is no command "${name}".`,
    next: "Use reconcile, comment, launch, collect or status.",
  });
}

export function checkDispatch(dispatch: string, command: string): string {
  if (/^\d{4}-[0-9a-f]{8}$/.test(dispatch)) return dispatch;
  throw new AutoloopError("arguments.dispatch", {
    what: `${command} needs the id of a dispatch, not "${dispatch}".`,
    next: "Training is started by autoloop itself; merge a round's pull request.",
  });
}

export function parseComment(payload: unknown): IssueCommentEvent {
  const parsed = IssueCommentEvent.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new AutoloopError("arguments.event", {
    what: "The event is not a comment on an issue or pull request.",
    next: "Run the command `comment` on the event issue_comment only.",
    cause: parsed.error,
  });
}

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
    case "collect": {
      const result =
        command.name === "collect"
          ? await collect(house, { ...command, folder: command.outcomes })
          : await reconcileAll(house);
      const opened = result.proposal?.kind === "opened" ? result.proposal : null;
      const outputs = opened ? { round: opened.round, "pull-request": String(opened.pull.number) } : {};
      return {
        document: documentOf(command.name, result),
        outputs,
        summary: await statusSummary(house, result.world, result.dispatches),
        failed: null,
      };
    }
    case "status": {
      const world = await lookAround(house);
      return {
        document: { schema: "autoloop/status@1", ...(await statusReport(house, world)) },
        outputs: {},
        summary: await statusSummary(house, world),
        failed: null,
      };
    }
    case "comment": {
      const result = await answerComment(house, command.event);
      const unclear = result.kind === "ignored" && result.why === "permission-unknown";
      return {
        document: { schema: "autoloop/comment@1", ...result },
        outputs: {},
        summary: null,
        failed: unclear ? "GitHub did not say what this person may do, so nothing was done." : null,
      };
    }
    case "launch": {
      const { outcomes, notRun, refused } = await launch(house, tools.surroundings, { ...tools, ...command });
      const trials = outcomes.map(({ trial, attempt, outcome, reason }) => ({
        trial,
        attempt,
        outcome,
        reason,
      }));
      return {
        document: { schema: "autoloop/launch@1", dispatch: command.dispatch, trials, not_run: notRun },
        outputs: { dispatch: command.dispatch, trials: JSON.stringify(trials.map(({ trial }) => trial)) },
        summary: null,
        failed:
          refused === null
            ? null
            : `${outcomes.some(wasBegun) ? "Not everything" : "Nothing"} was trained. ${refused}`,
      };
    }
  }
}

function wasBegun({ device_seconds }: Outcome): boolean {
  return device_seconds > 0;
}

function documentOf(
  name: string,
  { proposal, world: _world, dispatches: _dispatches, ...result }: ReconcileResult,
): object {
  const outcome =
    proposal?.kind === "opened"
      ? { kind: proposal.kind, round: proposal.round, pull: proposal.pull.number }
      : proposal;
  return { schema: `autoloop/${name}@1`, ...result, proposal: outcome };
}

async function statusSummary(house: House, world: World, dispatches?: Dispatches): Promise<string> {
  const status = await statusReport(house, world, dispatches);
  return renderJobSummary({ kind: "status", status }, house.voice);
}
