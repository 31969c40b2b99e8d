import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { ApiAnswer } from "../../../../src/embedded/github/listener.ts";

type JsonSchema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;
const Schema = z.custom<JsonSchema>((value) => typeof value === "object" && value !== null);

/** What extract.js made of GitHub's official descriptions. */
const Definitions = z.record(z.string(), Schema);
const Rest = z.object({
  source: z.string(),
  operations: z.record(z.string(), z.record(z.string(), Schema)),
  $defs: Definitions,
});
const Webhooks = z.object({ source: z.string(), events: z.record(z.string(), Schema), $defs: Definitions });

const read = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, "fixtures", name), "utf8"));
export const rest = Rest.parse(read("rest.json"));
export const webhooks = Webhooks.parse(read("webhooks.json"));

const compiled = new Map<string, z.ZodType>();

/** zod reads JSON Schema itself, and the project has zod: no second validator for a test. */
function validator(
  name: string,
  schema: JsonSchema | undefined,
  $defs: z.infer<typeof Definitions>,
): z.ZodType {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  if (schema === undefined) throw new Error(`there is no schema of ${name}`);
  const made = z.fromJSONSchema({ ...schema, $defs });
  compiled.set(name, made);
  return made;
}

/** What is wrong with an answer by GitHub's own description of the operation; empty: nothing. */
export function misfits({ method, route, status, body }: ApiAnswer): readonly string[] {
  const operation = `${method} ${route}`;
  const described = rest.operations[operation];
  if (described === undefined) return [`${operation} is not in the official description`];
  if (body === undefined) return [];
  const schema = described[String(status)] ?? (status >= 400 ? rest.$defs["basic-error"] : undefined);
  if (schema === undefined)
    return [`${operation} answers ${status}, which the official description does not know`];
  return problems(validator(`${operation} ${status}`, schema, rest.$defs), body).map(
    (problem) => `${operation} ${status}: ${problem}`,
  );
}

/** What is wrong with the payload of an event, e.g. `push$event`. */
export function payloadMisfits(event: string, payload: unknown): readonly string[] {
  return problems(validator(event, webhooks.events[event], webhooks.$defs), payload);
}

function problems(schema: z.ZodType, value: unknown): string[] {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : parsed.error.issues.flatMap((issue) => words(issue));
}

function words(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.join(".") || "the answer";
  if (issue.code !== "invalid_union") return [`${at}: ${issue.message}`];
  const shortest = issue.errors.toSorted((a, b) => a.length - b.length)[0] ?? [];
  return [`${at}: ${issue.message} (${shortest.flatMap(words).join("; ")})`];
}
