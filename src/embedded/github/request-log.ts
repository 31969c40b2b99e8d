/** One request, in order of arrival. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Login, or null for nobody. */
  actor: string | null;
  body: unknown;
  /** 0 while it is not answered, and when the connection was cut. */
  status: number;
  milliseconds: number;
}
