/** The words that the trainer's schema is written in. */
import type { Json } from "../json.ts";

export type Fields = Readonly<Record<string, Field>>;

export type FieldType =
  | { readonly kind: "int" | "float" | "bool" | "str" | "path" | "any" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly item: Field; readonly length: number | null }
  | { readonly kind: "map"; readonly item: Field }
  /** `open`: read by hand in the trainer, unknown keys are ignored; otherwise they are fatal. */
  | { readonly kind: "object"; readonly title: string; readonly fields: Fields; readonly open: boolean }
  /** A block whose key `type` says which fields it has. */
  | {
      readonly kind: "choice";
      readonly title: string;
      readonly options: Readonly<Record<string, Fields>>;
      /** Types that the trainer knows and this schema does not describe. */
      readonly unmodelled: readonly string[];
      /** Type of a block without `type`; null: the block is refused. */
      readonly fallback: string | null;
    };

export interface Field {
  readonly type: FieldType;
  readonly nullable: boolean;
  readonly required: boolean;
  /** What the trainer uses when the key is absent; undefined when that is derived or there is none. */
  readonly default: Json | undefined;
}

function field(type: FieldType, fallback?: Json): Field {
  return { type, nullable: false, required: false, default: fallback };
}

export const int = (fallback?: number): Field => field({ kind: "int" }, fallback);
export const float = (fallback?: number): Field => field({ kind: "float" }, fallback);
export const bool = (fallback?: boolean): Field => field({ kind: "bool" }, fallback);
export const str = (fallback?: string): Field => field({ kind: "str" }, fallback);
export const path = (): Field => field({ kind: "path" });
export const anything = (): Field => field({ kind: "any" });
export const oneOf = (values: readonly string[], fallback?: string): Field =>
  field({ kind: "enum", values }, fallback);
export const list = (item: Field, fallback?: readonly Json[]): Field =>
  field({ kind: "list", item, length: null }, fallback);
export const tuple = (item: Field, fallback: readonly Json[]): Field =>
  field({ kind: "list", item, length: fallback.length }, fallback);
export const map = (item: Field, fallback: Json = {}): Field => field({ kind: "map", item }, fallback);
export const object = (title: string, fields: Fields, { open = false } = {}): Field =>
  field({ kind: "object", title, fields, open }, {});

interface ChoiceOptions {
  readonly options: Readonly<Record<string, Fields>>;
  readonly unmodelled?: readonly string[];
  readonly fallback?: string;
}
export const choice = (title: string, { options, unmodelled = [], fallback }: ChoiceOptions): Field =>
  field({ kind: "choice", title, options, unmodelled, fallback: fallback ?? null });

/** May be null, which also is what an absent key means unless said otherwise. */
export const nullable = (inner: Field, fallback: Json = null): Field => ({
  ...inner,
  nullable: true,
  default: fallback,
});
export const required = (inner: Field): Field => ({ ...inner, required: true, default: undefined });
/** May be absent, and what that means is derived from elsewhere. */
export const unset = (inner: Field): Field => ({ ...inner, default: undefined });
