import type { Outcome } from "../rounds/outcome.ts";

/** How an attempt ended, as a line of what is told on the way; with what to do where a person has to. */
export function outcomeLine({ trial, attempt, outcome, reason, evidence }: Outcome): string {
  const advice = reason === "wandb-error" && NO_KEY.test(String(evidence["line"] ?? "")) ? KEY_ADVICE : "";
  return `${trial} (attempt ${attempt}): ${outcome}${reason ? `, ${reason}` : ""}${advice}`;
}

/** The texts of wandb 0.13 to 0.21. */
const NO_KEY = /no api key configured|api_key not configured/i;
const KEY_ADVICE =
  ": W&B has no key. Set WANDB_API_KEY where the trials are launched, or `trainer.wandb_mode: offline`.";
