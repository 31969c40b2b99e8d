/** Reads the folder of AUTOLOOP_REAL_DATA for tests that check against runs of the real trainer. */
import * as z from "zod";
import type { JsonObject } from "../../src/json.ts";
import { canonicalise } from "../../src/judgement/metrics.ts";
import type { Run } from "../../src/judgement/run.ts";
import type { MetricSummary } from "../../src/judgement/summary.ts";

import { realText } from "./real-data.ts";

const Column = z.array(z.union([z.number(), z.null(), z.enum(["NaN"]).transform(() => Number.NaN)]));
const Curves = z.array(
  z.looseObject({
    name: z.string(),
    edits: z.array(z.string()),
    rc: z.number(),
    segments: z.array(z.looseObject({ n: z.number(), columns: z.record(z.string(), Column) })),
  }),
);

/** The runs of real-runs/curves.json with the configuration that each was started with (base: that of `ok`). */
export function realRuns(): ReadonlyMap<string, Run> {
  return new Map(
    Curves.parse(JSON.parse(realText("real-runs/curves.json"))).map((run) => {
      const series = new Map<string, { steps: number[]; values: number[] }>();
      for (const { columns } of run.segments) {
        const at = columns["_step"] ?? [];
        for (const [key, column] of Object.entries(columns)) {
          if (key.startsWith("_")) continue;
          const own = series.get(key) ?? { steps: [], values: [] };
          column.forEach((value, index) => {
            const step = at[index] ?? 0;
            if (value !== null && step > (own.steps.at(-1) ?? -1)) {
              own.steps.push(step);
              own.values.push(value);
            }
          });
          if (own.steps.length > 0) series.set(key, own);
        }
      }
      const steps = Math.max(0, ...[...series.values()].map((own) => own.steps.at(-1) ?? 0));
      const rows = run.segments.reduce((sum, segment) => sum + segment.n, 0);
      return [
        run.name,
        {
          id: run.name,
          label: run.name,
          name: run.name,
          url: null,
          state: run.rc === 0 ? "finished" : "failed",
          rows,
          steps: rows === 0 ? null : steps,
          config: configOf(run.edits),
          data: { kind: "curves", series: canonicalise(series) },
        } satisfies Run,
      ];
    }),
  );
}

/** `ot.loss_config.features.1.weight_label=2.0`: the base configuration with such edits, written without our edit code. */
function configOf(edits: readonly string[]): JsonObject {
  const config = JSON.parse(realText("real-runs/ok/config.json"));
  for (const edit of edits) {
    const [path = "", literal = ""] = edit.split(/=(.*)/s);
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    let here = config;
    for (const key of keys) here = here[key];
    here[last] = literal === "NaN" ? Number.NaN : JSON.parse(literal);
  }
  return config;
}

const Summaries = z.record(
  z.string(),
  z.object({ steps: z.number(), summary: z.record(z.string(), z.record(z.string(), z.number().nullable())) }),
);

/** The runs of a compare file, as the reader of such files hands them over. */
export function compareRuns(file: string): readonly Run[] {
  return Object.entries(Summaries.parse(JSON.parse(realText(`compare_runs/${file}`)))).map(
    ([label, { steps, summary }]) => ({
      id: label,
      label,
      name: null,
      url: null,
      state: "unknown",
      rows: steps,
      steps: null,
      config: null,
      data: {
        kind: "summary",
        summary: canonicalise(
          Object.entries(summary).map(([key, value]) => {
            const field = (name: keyof MetricSummary) => value[name] ?? null;
            return [
              key,
              {
                first: field("first"),
                last: field("last"),
                best: field("best"),
                best_step: field("best_step"),
                delta: field("delta"),
                pct: field("pct"),
              },
            ] as const;
          }),
        ),
      },
    }),
  );
}
