import type { Json } from "./json.ts";

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or bytes with their own content type in `headers`; undefined = no body. */
  readonly body?: Json | Buffer;
}

export function ok(body: Json): Reply {
  return { status: 200, body };
}

export function created(body: Json, location?: string): Reply {
  return { status: 201, body, ...(location === undefined ? {} : { headers: { location } }) };
}

export const noContent: Reply = { status: 204 };

/** A refusal as the API words it; thrown anywhere below a route, turned into the reply by the server. */
export class ApiError extends Error {
  readonly reply: Reply;

  constructor(
    status: number,
    message: string,
    more: { readonly [key: string]: Json } = {},
    headers: Reply["headers"] = undefined,
  ) {
    super(message);
    this.name = "ApiError";
    const body = {
      message,
      ...more,
      documentation_url: "https://docs.github.com/rest",
      status: String(status),
    };
    this.reply = { status, body, ...(headers === undefined ? {} : { headers }) };
  }
}

/** Also the answer for what the caller may not see. */
export function notFound(): ApiError {
  return new ApiError(404, "Not Found");
}

export function unprocessable(message: string): ApiError {
  return new ApiError(422, message);
}

export interface FieldError {
  readonly resource: string;
  readonly code: "missing" | "missing_field" | "invalid" | "already_exists" | "unprocessable" | "custom";
  readonly field?: string;
  readonly message?: string;
}

export function validationFailed(error: FieldError): ApiError {
  const { resource, code, field, message } = error;
  const detail: Record<string, Json> = { resource, code };
  if (field !== undefined) detail["field"] = field;
  if (message !== undefined) detail["message"] = message;
  return new ApiError(422, "Validation Failed", { errors: [detail] });
}
