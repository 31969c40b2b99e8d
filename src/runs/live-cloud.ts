import { type LiveRow, rowsBehind, withAliases } from "./live-rows.ts";
import { type WandbHttpOptions, wandbHttp } from "./wandb-http.ts";
import { findEntity, projectIn, projectVariables, readData } from "./wandb-project.ts";
import { LIVE_QUERY } from "./wandb-queries.ts";
import { LiveAnswer } from "./wandb-schemas.ts";

export interface LiveCloudOptions extends WandbHttpOptions {
  /** Default: the entity of the key. */
  readonly entity?: string | undefined;
  readonly project: string;
}

/** A running run of the project, as far as its trainer has sent it. */
export type LiveCloud = (question: {
  readonly runId: string;
  readonly keys: readonly string[];
  /** Only rows behind this step. */
  readonly after: number;
}) => Promise<readonly LiveRow[]>;

/** More rows than that since the last look are thinned by the server, which for a watch is as good. */
const SAMPLES = 1000;

/** Asks for the wanted keys of the new steps alone, one spec per key: W&B returns only rows that have all keys of a spec. */
export function liveCloud(options: LiveCloudOptions): LiveCloud {
  const http = wandbHttp(options);
  let known: Promise<string> | null = null;
  const entityOf = async (): Promise<string> => {
    known ??= options.entity ? Promise.resolve(options.entity) : findEntity(http);
    return known.catch((error: unknown) => {
      known = null;
      throw error;
    });
  };
  return async ({ runId, keys, after }) => {
    const target = { http, entity: await entityOf(), project: options.project };
    const asked = withAliases(keys);
    const specs = asked.map((key) =>
      JSON.stringify({ keys: ["_step", key], minStep: after + 1, samples: SAMPLES }),
    );
    const reply = await http.ask({
      operation: "RunSampledHistory",
      query: LIVE_QUERY,
      variables: { ...projectVariables(target), run: runId, specs },
      patience: "short",
    });
    const { run } = projectIn(target, readData(LiveAnswer, reply));
    const points = asked.flatMap((key, index) => run?.sampledHistory[index]?.pointsOf([key]).points ?? []);
    return rowsBehind(after, points);
  };
}
