/** One request as it was answered. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Login, or null for nobody. */
  readonly actor: string | null;
  readonly body: unknown;
  /** 0 when the connection was cut. */
  readonly status: number;
  readonly milliseconds: number;
}
