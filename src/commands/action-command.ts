import { AutoloopError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import { IssueCommentEvent } from "../wire/events.ts";

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
