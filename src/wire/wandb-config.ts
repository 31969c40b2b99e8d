import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { unwrapConfig, wandbJson } from "./wandb-json.ts";
import { cursor, enter, nextField, type Span, textOf } from "./wandb-protobuf.ts";

/** Applies a ConfigRecord {update 1*, remove 2*} of items {key 1, nested_key 2*, value_json 16} to a config. */
export function updateConfig(config: JsonObject, record: Span): JsonObject {
  const reader = cursor();
  enter(reader, record);
  let updated = config;
  while (nextField(reader)) {
    if (reader.field !== 1 && reader.field !== 2) continue;
    const item = readItem(reader);
    updated = withPath(updated, item.path, reader.field === 1 ? item.value : undefined);
  }
  return unwrapConfig(updated);
}

function readItem(span: Span): { path: readonly string[]; value: Json | undefined } {
  const reader = cursor();
  enter(reader, span);
  let key = "";
  let value: Json | undefined;
  const nested: string[] = [];
  while (nextField(reader)) {
    if (reader.field === 1) key = textOf(reader);
    else if (reader.field === 2) nested.push(textOf(reader));
    else if (reader.field === 16) value = wandbJson(textOf(reader));
  }
  return { path: nested.length > 0 ? nested : [key], value };
}

/** `value` undefined removes the path. */
function withPath(config: JsonObject, path: readonly string[], value: Json | undefined): JsonObject {
  const [name = "", ...rest] = path;
  const others = Object.entries(config).filter(([key]) => key !== name);
  if (rest.length === 0) return Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
  const inner = config[name];
  return Object.fromEntries([...others, [name, withPath(isJsonObject(inner) ? inner : {}, rest, value)]]);
}
