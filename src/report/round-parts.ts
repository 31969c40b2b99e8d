import { groupBy } from "../collections.ts";
import { GRAD_NORM, OT_LOSS, PI_SUM } from "../judgement/metrics.ts";
import { noiseBetweenSeeds } from "../judgement/ranked-variant.ts";
import type { MetricSummary } from "../judgement/summary.ts";
import type { ManifestVariant } from "../rounds/manifest.ts";
import { code, joinMarkdown, type Markdown, md, table } from "./escape.ts";
import { differences } from "./json-diff.ts";
import { evalSummary } from "./key-metrics.ts";
import { bullets } from "./markdown.ts";
import type {
  AttemptEnd,
  Comparison,
  PredictionCheck,
  ReviewedVariant,
  RoundReport,
  TrialReport,
} from "./models.ts";
import { formatDelta, formatHours, formatNumber, NONE } from "./numbers.ts";
import { bestAt, editLine, predictionLine } from "./run-parts.ts";
import { formatValue } from "./values.ts";
import type { Voice } from "./voice.ts";

/** What was tried: every variant with its reason, its edits and what they should do. */
export function triedList(
  { manifest, reviewed }: Pick<RoundReport, "manifest" | "reviewed">,
  voice: Voice,
): Markdown {
  const changed = new Map(reviewed.map((each) => [each.variant, each]));
  return bullets(
    manifest.variants.map((variant) => ({
      text: md`${variantName(variant, voice)} ${code(fileName(variant.path))} ${voice.say(variant.reason)}`,
      below: [
        ...variant.edits.map((edit) => editLine(edit, voice)),
        ...(variant.predicts === null ? [] : [predictionLine(variant.predicts, voice)]),
        ...reviewLines(changed.get(variant.id), voice),
      ],
    })),
  );
}

/** What a reviewer made of it before the merge: these values were trained, not the proposed ones. */
function reviewLines(reviewed: ReviewedVariant | undefined, voice: Voice): readonly Markdown[] {
  if (reviewed === undefined) return [];
  if (reviewed.from === null) return [voice.md("round.reviewed.unknown")];
  const changes = differences(reviewed.from, reviewed.to).slice(0, 20);
  return [
    voice.md("round.reviewed"),
    ...changes.map(({ path, from, to }) =>
      voice.md("edit.change", {
        path: code(path),
        from: from === undefined ? NONE : code(formatValue(from)),
        to: to === undefined ? NONE : code(formatValue(to)),
      }),
    ),
  ];
}

/** `0007b`, or `0007b (control)`. */
export function variantName({ id, control }: ManifestVariant, voice: Voice): Markdown {
  return control === null ? code(id) : md`${code(id)} (${voice.md(purposePhrase(control))})`;
}

export function purposePhrase(control: NonNullable<ManifestVariant["control"]>) {
  return control === "replicate" ? "round.replicate" : "round.control";
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** One row per trial: how it ended, and its figures. */
export function outcomeTable(trials: readonly TrialReport[], voice: Voice): Markdown {
  return table(
    [
      { title: voice.md("column.trial"), align: "left" },
      { title: voice.md("column.outcome"), align: "left" },
      { title: voice.md("column.steps"), align: "right" },
      { title: md`eval_l1 (${voice.md("column.last")})`, align: "right" },
      { title: voice.md("column.best"), align: "right" },
      { title: "ot_pi_sum", align: "right" },
      { title: "ot_loss", align: "right" },
      { title: "grad_norm", align: "right" },
      { title: voice.md("column.device-time"), align: "right" },
    ],
    trials.map((one) => {
      const { outcome, analysis } = one;
      const summary = analysis?.summary ?? new Map<string, MetricSummary>();
      const last = (key: string) => formatNumber(summary.get(key)?.last ?? null);
      const ended = outcome === null ? voice.md("round.open") : voice.md(`outcome.${outcome.outcome}`);
      return [
        trialName(one, voice),
        ended,
        outcome?.steps == null ? NONE : String(outcome.steps),
        formatNumber(evalSummary(summary)?.last ?? null),
        bestAt(evalSummary(summary)),
        last(PI_SUM),
        last(OT_LOSS),
        last(GRAD_NORM),
        outcome === null ? NONE : formatHours(outcome.device_seconds / 3600),
      ];
    }),
  );
}

/** `0002b-s42`, and what is not as usual: a later attempt, another number of steps, a start from a checkpoint. */
function trialName({ trial, attempt, steps, outcome }: TrialReport, voice: Voice): Markdown {
  const from = outcome?.resumed_from?.step;
  const unusual = [
    ...(attempt === 1 ? [] : [voice.md("round.attempt", { attempt })]),
    ...(steps === undefined ? [] : [voice.md("round.steps", { steps })]),
    ...(from === undefined ? [] : [voice.md("round.resumed", { step: from })]),
  ];
  return unusual.length === 0 ? code(trial) : md`${code(trial)} (${joinMarkdown(unusual, ", ")})`;
}

/** Every attempt of the trials that took more than one: how it ended, and where it had begun. Null: there are none. */
export function attemptList({ attempts = [] }: RoundReport, voice: Voice): Markdown | null {
  const repeated = attempts.filter(({ of, refused }) => of > 1 || refused);
  if (repeated.length === 0) return null;
  // What keeps a box from training keeps all trials from it, again and again: it is said once.
  return bullets(
    [...groupBy(repeated, ({ trial, attempt, refused }) => refused ?? `${trial}:${attempt}`).values()].map(
      (alike) => {
        const [first, ...others] = alike.map((each) => attemptEnd(each, voice));
        const why = alike[0]?.refused;
        if (first && others.length > 0) return { text: md`${why ?? ""}`, below: [first, ...others] };
        return { text: why ? md`${first ?? ""}: ${why}` : (first ?? md``) };
      },
    ),
  );
}

function attemptEnd(each: AttemptEnd, voice: Voice): Markdown {
  const began = [
    voice.md("round.attempt-of", each),
    ...(each.resumedFrom === null ? [] : [voice.md("round.resumed", { step: each.resumedFrom })]),
  ];
  const outcome = voice.md(`outcome.${each.outcome}`);
  const end = voice.md("round.attempt-end", {
    outcome: each.reason === null ? outcome : md`${outcome} (${code(each.reason)})`,
    step: each.step ?? NONE,
    steps: each.steps,
  });
  return md`${code(each.trial)}, ${joinMarkdown(began, ", ")}: ${end}`;
}

/** Differences of eval L1 beside the noise that they have to exceed. */
export function comparisonTable(trials: readonly TrialReport[], voice: Voice): Markdown | null {
  const rows = trials.flatMap(({ trial, comparison }) =>
    comparison === null ? [] : [{ trial, comparison }],
  );
  if (rows.length === 0) return null;
  return table(
    [
      { title: voice.md("column.trial"), align: "left" },
      { title: voice.md("column.against"), align: "left" },
      { title: voice.md("column.delta-smoothed"), align: "right" },
      { title: voice.md("column.noise"), align: "right" },
      { title: voice.md("column.verdict"), align: "left" },
    ],
    rows.map(({ trial, comparison }) => [
      code(trial),
      code(comparison.against),
      formatDelta(comparison.delta),
      formatNumber(comparison.floor),
      comparisonVerdict(comparison, voice),
    ]),
  );
}

function comparisonVerdict(comparison: Comparison, voice: Voice): Markdown {
  const verdict = voice.md(`comparison.${verdictOf(comparison)}`);
  return comparison.upTo === null
    ? verdict
    : voice.md("comparison.up-to", { verdict, step: comparison.upTo });
}

/** Which trials are compared with nothing although they ended, and why. Null: there are none. */
export function uncomparedLine(trials: readonly TrialReport[], voice: Voice): Markdown | null {
  const left = trials.flatMap(({ trial, comparison, outcome }) =>
    comparison !== null || outcome === null || outcome.outcome === "finished"
      ? []
      : [md`${code(trial)} (${voice.md(`outcome.${outcome.outcome}`)})`],
  );
  return left.length === 0 ? null : voice.md("comparison.none", { trials: joinMarkdown(left, ", ") });
}

/** Eval L1 is an error: lower is better, and inside of the noise nothing is better. */
function verdictOf({ delta, floor }: Comparison): "noise" | "better" | "worse" {
  if (!(Math.abs(delta) > floor)) return "noise";
  return delta < 0 ? "better" : "worse";
}

/** What the rules promised beside what was logged. */
export function predictionTable(trials: readonly TrialReport[], voice: Voice): Markdown | null {
  const rows = trials.flatMap(({ trial, check }) => (check === null ? [] : [{ trial, check }]));
  if (rows.length === 0) return null;
  return table(
    [
      { title: voice.md("column.trial"), align: "left" },
      { title: voice.md("column.metric"), align: "left" },
      { title: voice.md("column.predicted"), align: "right" },
      { title: voice.md("column.observed"), align: "right" },
      { title: voice.md("column.verdict"), align: "left" },
    ],
    rows.map(({ trial, check }) => [
      code(trial),
      code(check.prediction.metric),
      voice.md("prediction.range", {
        value: formatNumber(check.prediction.value),
        low: formatNumber(check.prediction.low),
        high: formatNumber(check.prediction.high),
      }),
      check.observed === null
        ? NONE
        : voice.md("prediction.observed", {
            value: formatNumber(check.observed.value),
            margin: formatNumber(check.observed.margin),
          }),
      voice.md(`prediction.${agreement(check)}`),
    ]),
  );
}

function agreement({ observed }: PredictionCheck): "inside" | "outside" | "unknown" {
  if (observed === null) return "unknown";
  return observed.inside ? "inside" : "outside";
}

/** `ot-lift: 7 of 8 predictions inside the interval`, a line per rule. */
export function recordList(record: RoundReport["record"], voice: Voice): Markdown | null {
  return record.length === 0 ? null : bullets(record.map(({ text }) => ({ text: md`${voice.say(text)}` })));
}

/** Device time of all ended attempts that the report knows of, hours. */
export function deviceHours({ trials, attempts }: RoundReport): number {
  if (attempts) return attempts.reduce((sum, attempt) => sum + attempt.deviceHours, 0);
  return trials.reduce((sum, { outcome }) => sum + (outcome?.device_seconds ?? 0), 0) / 3600;
}

export function noiseLine({ manifest }: Pick<RoundReport, "manifest">, voice: Voice): Markdown {
  return voice.md("round.noise", {
    equal: formatNumber(manifest.noise.equal_seed),
    between: formatNumber(noiseBetweenSeeds(manifest.noise.between_seeds)),
  });
}
