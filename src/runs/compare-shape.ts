import * as z from "zod";
import { isJsonObject } from "../json.ts";
import type { MetricSummary } from "../judgement/summary.ts";
import { loggedNumber } from "../wire/wandb-numbers.ts";

/** One run of a summary file, its metric keys as written there. */
export interface SummaryEntry {
  readonly label: string;
  /** The file's `steps`: history rows, not trainer steps (trainer facts 12). */
  readonly rows: number | null;
  readonly summary: readonly (readonly [string, MetricSummary])[];
}

/** Where in the file, and what is wrong there. */
export interface ShapeFault {
  readonly place: string;
  readonly why: string;
}

/** Undefined, NaN and infinite all mean "undefined in the data". */
const Value = z
  .unknown()
  .optional()
  .transform((value, context): number | null => {
    if (value === null || value === undefined) return null;
    const number = loggedNumber(value);
    if (number !== undefined) return Number.isFinite(number) ? number : null;
    context.addIssue("is not a number");
    return null;
  });

const Metric = z
  .looseObject({ first: Value, last: Value, best: Value, best_step: Value, delta: Value, pct: Value })
  .transform(
    ({ first, last, best, best_step, delta, pct }): MetricSummary => ({
      first,
      last,
      best,
      best_step,
      delta,
      pct,
    }),
  );

const Summary = z.record(z.string(), Metric);
const Compared = z.looseObject({ steps: Value, summary: Summary });
const Labelled = Compared.extend({
  label: z.string().optional(),
  name: z.string().optional(),
  id: z.string().optional(),
});

/**
 * All the shapes that people keep summaries in: `{label: {steps, summary}}`, a list of such with a label inside, one
 * `{steps, summary}`, or only the `{metric: {first, last, …}}` of one run. The last two are labelled `fallbackLabel`.
 */
export function readShape(json: unknown, fallbackLabel: string): readonly SummaryEntry[] | ShapeFault {
  if (Array.isArray(json)) return readList(json, fallbackLabel);
  if (!isJsonObject(json)) return { place: "its top", why: "is not a list of runs" };
  if (isJsonObject(json["summary"])) return readOne(Compared, { json, label: fallbackLabel, at: [] });
  const entries = Object.entries(json);
  if (entries.length > 0 && entries.every(([, value]) => isMetric(value))) {
    return readOne(Compared, { json: { summary: json }, label: fallbackLabel, at: [] });
  }
  return collect(entries.map(([label, value]) => readOne(Compared, { json: value, label, at: [label] })));
}

function readList(list: readonly unknown[], fallbackLabel: string): readonly SummaryEntry[] | ShapeFault {
  return collect(
    list.map((json, index) => {
      const named = Labelled.partial().safeParse(json).data;
      const label = named?.label ?? named?.name ?? named?.id ?? `${fallbackLabel}[${index}]`;
      return readOne(Compared, { json, label, at: [String(index)] });
    }),
  );
}

function isMetric(value: unknown): boolean {
  return isJsonObject(value) && !("summary" in value) && ("first" in value || "last" in value);
}

function readOne(
  schema: typeof Compared,
  { json, label, at }: { json: unknown; label: string; at: readonly string[] },
): readonly SummaryEntry[] | ShapeFault {
  const parsed = schema.safeParse(json);
  if (parsed.success)
    return [{ label, rows: parsed.data.steps, summary: Object.entries(parsed.data.summary) }];
  const issue = parsed.error.issues[0];
  const place = [...at, ...(issue?.path ?? [])].map(String).join(" → ");
  return {
    place: place || "its top",
    why: issue?.code === "custom" ? issue.message : "is not an object with a summary",
  };
}

function collect(
  results: readonly (readonly SummaryEntry[] | ShapeFault)[],
): readonly SummaryEntry[] | ShapeFault {
  const fault = results.find(isFault);
  return fault ?? results.flatMap((result) => (isFault(result) ? [] : result));
}

export function isFault(result: readonly SummaryEntry[] | ShapeFault): result is ShapeFault {
  return "why" in result;
}
