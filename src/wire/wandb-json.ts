import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { parseLenientJson } from "./lenient-json.ts";

/**
 * JSON as W&B keeps it: bare NaN tokens, and raw control characters inside strings (wandb facts 4).
 * undefined = no JSON at all: what one run logged must not keep the others from being read.
 */
export function wandbJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return lenient(text);
  }
}

/** Those that JSON forbids; the ones behind ASCII are part of a text. */
const RAW_CONTROLS = /(?![\u007f-\u009f])\p{Cc}/gu;

function lenient(text: string): Json | undefined {
  try {
    return parseLenientJson(text.replace(RAW_CONTROLS, " "));
  } catch {
    return undefined;
  }
}

const WRAPPER_KEYS = new Set(["value", "desc"]);
const BOOKKEEPING = new Set(["_wandb", "wandb_version"]);

/** The trainer's config as it gave it: `{value, desc}` wrappers and W&B's own entries removed. */
export function unwrapConfig(config: JsonObject): JsonObject {
  const own = Object.entries(config).filter(([key]) => !BOOKKEEPING.has(key));
  return Object.fromEntries(own.map(([key, value]) => [key, unwrap(value)]));
}

function unwrap(entry: Json): Json {
  if (!isJsonObject(entry) || entry["value"] === undefined) return entry;
  return Object.keys(entry).every((key) => WRAPPER_KEYS.has(key)) ? entry["value"] : entry;
}
