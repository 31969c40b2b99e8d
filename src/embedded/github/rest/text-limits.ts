import { validationFailed } from "../reply.ts";

export function checkText(limit: {
  readonly resource: string;
  readonly field: string;
  readonly text: string;
  /** Characters. */
  readonly most: number;
}): void {
  const { resource, field, text, most } = limit;
  if (text.length <= most) return;
  throw validationFailed({
    resource,
    field,
    code: "custom",
    message: `${field} is too long (maximum is ${most} characters)`,
  });
}
