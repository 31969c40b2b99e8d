/** Text of a foreign process on its way to our output, to outcomes and to the ledger. */
import type { Environment } from "./ports.ts";

const [ESC, BEL] = [27, 7].map((unit) => String.fromCharCode(unit));
const ESCAPES = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)?|[@-Z\\\\^_])`,
  "g",
);
/** All but the tab, and what else ends a line. */
const CONTROLS = /(?!\t)[\p{Cc}\u2028\u2029]/gu;
const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL/i;
/** Shorter values would blacken ordinary words. */
const MIN_SECRET = 8;

/** One line without terminal control. */
export function plainLine(line: string): string {
  return line.replace(ESCAPES, "").replace(CONTROLS, "");
}

/**
 * A line that the runner prints and does not obey: it reads `::command::` at the start of a line and `##[command]`
 * anywhere. Nothing else is changed, so that the runner's masking still finds secrets.
 */
export function neutralLine(line: string): string {
  return plainLine(line)
    .replace(/^([\s\ufeff]*):(?=:)/, "$1: ")
    .replace(/##(?=\[)/g, "## ");
}

/** A secret as it is written in an `Authorization` header, an address or a text that somebody encoded. */
export function secretForms(secret: string): readonly string[] {
  const users = ["", "x-access-token:", "api:"];
  const encoded = users.map((user) => Buffer.from(`${user}${secret}`).toString("base64"));
  return [...new Set([secret, ...encoded, encodeURIComponent(secret)])];
}

/** Replaces the values of secret variables: outcomes travel as files, which the runner does not mask. */
export function secretRemover(environment: Environment): (text: string) => string {
  const secrets = Object.entries(environment)
    .flatMap(([name, value]) => (value !== undefined && SECRET_NAME.test(name) ? [value.trim()] : []))
    .filter((value) => value.length >= MIN_SECRET)
    .flatMap(secretForms)
    .toSorted((a, b) => b.length - a.length);
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, "***"), text);
}
