import type * as z from "zod";

/**
 * A check that numbers of a settings block rise, or stay, in this order. The error names all of them with their values, as
 * some may be defaults that nobody wrote.
 */
export function rising<Key extends string>(keys: readonly Key[]) {
  return (block: Readonly<Record<Key, number>>, context: z.RefinementCtx): void => {
    const values = keys.map((key) => block[key]);
    if (values.every((value, index) => index === 0 || (values[index - 1] ?? value) <= value)) return;
    const order = keys.map((key) => `${key} (${block[key]})`).join(" ≤ ");
    context.addIssue({ code: "custom", message: `these must rise: ${order}` });
  };
}
