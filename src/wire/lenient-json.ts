import type { Json } from "../json.ts";
import { jsonOf, parseJsonTree } from "./json-literals.ts";

/**
 * JSON as Python writes it: bare NaN, Infinity and -Infinity outside strings are numbers, a byte order mark is skipped.
 * @throws AutoloopError `input.json` with line and column.
 */
export function parseLenientJson(text: string): Json {
  try {
    // Nearly every text is plain JSON, and the built-in reader is many times faster.
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
    return jsonOf(parseJsonTree(text));
  }
}
