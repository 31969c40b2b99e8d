import type { Json } from "../json.ts";
import type { Edit } from "../judgement/edits.ts";
import type { Finding, Severity } from "../judgement/findings.ts";
import { formatNumber } from "./numbers.ts";
import { formatValue } from "./values.ts";

const ORDER: readonly Severity[] = ["problem", "warning", "note", "good"];

/** What is wrong first. */
export function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

export const MARKS: Readonly<Record<Severity, string>> = { problem: "✗", warning: "!", note: "·", good: "✓" };

/** One piece of evidence, or the window it rests on. */
export type Proof =
  | { readonly kind: "number"; readonly name: string; readonly value: string }
  | { readonly kind: "window"; readonly from: string; readonly to: string }
  | { readonly kind: "points"; readonly points: string };

/** `{median, from_step, to_step, points}` in the order in which it is read: numbers, then window, then points. What is not known is left out. */
export function proofs(evidence: Finding["evidence"]): readonly Proof[] {
  const { from_step: from, to_step: to, points, ...numbers } = known(evidence);
  const hasWindow = from !== undefined && to !== undefined;
  const rest = hasWindow ? numbers : { ...numbers, ...present({ from_step: from, to_step: to }) };
  return [
    ...Object.entries(rest).map(([name, value]) => ({ kind: "number" as const, name, value: shown(value) })),
    ...(hasWindow ? [{ kind: "window" as const, from: shown(from), to: shown(to) }] : []),
    ...(points === undefined ? [] : [{ kind: "points" as const, points: shown(points) }]),
  ];
}

function known(evidence: Finding["evidence"]): Finding["evidence"] {
  return Object.fromEntries(Object.entries(evidence).filter(([, value]) => value !== null));
}

function present(values: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

function shown(value: Json): string {
  if (typeof value === "number" || value === null) return formatNumber(value);
  if (Array.isArray(value)) return value.map(shown).join(", ");
  return typeof value === "string" ? value : formatValue(value);
}

/** Which sentence says the edit. Numbers of a configuration are exact, never rounded. */
export function editPhrase(edit: Pick<Edit, "op">): "edit.scaled" | "edit.removed" | "edit.change" {
  if (edit.op === "scale") return "edit.scaled";
  return edit.op === "remove" ? "edit.removed" : "edit.change";
}
