import type { Json } from "../json.ts";

export type EditOp = "set" | "scale" | "add" | "remove";

/**
 * One typed change of one path of a training configuration. Lists are addressed by name:
 * `ot.loss_config.features[action_lbl].weight_label` (term_name, else src_key).
 * `value` is the operand: the new value (set), the factor (scale), the addend (add), null (remove).
 * `from` and `to` are the values before and after; `to` is null for a removed entry.
 */
export interface Edit {
  readonly path: string;
  readonly op: EditOp;
  readonly value: Json;
  readonly from: Json;
  readonly to: Json;
}

/** An edit before it met a configuration. */
export type EditRequest = Pick<Edit, "path" | "op" | "value">;
