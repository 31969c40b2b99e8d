import { expect, it } from "vitest";
import { outcomeLine } from "../../src/commands/outcome-line.ts";
import { emptyOutcome } from "../../src/rounds/outcome.ts";

const ended = (reason: string | null, line?: string) =>
  outcomeLine(
    emptyOutcome({
      ...{ round: "0001", dispatch: "0001-1", trial: "0001a-s42", attempt: 1, run_id: "a1" },
      outcome: reason === null ? "finished" : "failed",
      reason,
      ...{ started: "2026-01-01T00:00:00Z", ended: "2026-01-01T00:00:00Z" },
      evidence: line === undefined ? {} : { line },
    }),
  );

it("says how an attempt ended, and what to do about a key that W&B lacks", () => {
  expect(ended(null)).toBe("0001a-s42 (attempt 1): finished");
  expect(ended("out-of-memory")).toBe("0001a-s42 (attempt 1): failed, out-of-memory");
  expect(ended("wandb-error", "wandb.errors.errors.CommError: Timed out")).toMatch(/wandb-error$/);
  for (const text of [
    "No API key configured. Use `wandb login` to log in.",
    "api_key not configured (no-tty)",
  ])
    expect(ended("wandb-error", `wandb.errors.UsageError: ${text}`)).toMatch(
      /wandb-error: W&B has no key\. Set WANDB_API_KEY .*`trainer\.wandb_mode: offline`\.$/,
    );
});
