import { styleText } from "node:util";
import type { Severity } from "../judgement/findings.ts";

type Style = "bold" | "dim" | "red" | "yellow" | "green" | "cyan";

/** Colours a text or leaves it alone. Whoever knows the terminal chooses. */
export type Styler = (style: Style, text: string) => string;

export const unstyled: Styler = (_style, text) => text;
/** The caller has found that colour is wanted; nothing is looked up here. */
export const coloured: Styler = (style, text) => styleText(style, text, { validateStream: false });

export const SEVERITY_STYLES: Readonly<Record<Severity, Style>> = {
  problem: "red",
  warning: "yellow",
  note: "dim",
  good: "green",
};
