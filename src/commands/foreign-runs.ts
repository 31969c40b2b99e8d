import type { House } from "../house.ts";
import { configHash } from "../judgement/canonical.ts";
import type { Run } from "../judgement/run.ts";
import type { Text } from "../judgement/texts.ts";
import { hashConfig } from "../rounds/config-hash.ts";
import { type ConfigFile, type Parent, seedOf } from "../rounds/draft.ts";
import type { TrainerConditions } from "../rounds/manifest.ts";
import type { RunSelection } from "../runs/source.ts";
import type { Settings } from "../settings.ts";

export interface ForeignRuns {
  readonly runs: readonly { readonly run: Run; readonly parent: Parent }[];
  readonly warnings: readonly Text[];
}

/** The runs that the settings name; null when they name none. */
export function selectedRuns({ source }: Settings): RunSelection | null {
  const { run_ids, tags, group, limit } = source.select;
  if (run_ids.length > 0) return { kind: "ids", runIds: run_ids };
  if (tags.length === 0 && group === undefined) return null;
  return { kind: "filter", tags: { all: tags }, group, limit };
}

/** Runs from before the loop, or beside it, that were trained from one of the templates: equal configurations, whatever the names. */
export async function readForeignRuns(house: House, templates: readonly ConfigFile[]): Promise<ForeignRuns> {
  const selection = selectedRuns(house.settings);
  if (!selection || !house.cloud) return { runs: [], warnings: [] };
  const { runs, warnings } = await house.cloud.read(selection);
  const { trainer, family } = house.settings;
  const byHash = new Map(
    templates
      .flatMap((template) => parentOf(template, { trainer, family }))
      .map((parent) => [parent.hash, parent]),
  );
  return {
    runs: runs.flatMap((run) => {
      const parent = run.config ? byHash.get(hashUnder(run.config, trainer)) : undefined;
      return run.config && parent
        ? [{ run, parent: { ...parent, run: run.id, seed: seedOf(run.config) } }]
        : [];
    }),
    warnings,
  };
}

function parentOf(
  template: ConfigFile,
  { trainer, family }: { trainer: TrainerConditions; family: string },
): Parent[] {
  const hashed = hashConfig({ text: template.text, trainer });
  return hashed.kind === "hashed"
    ? [{ ...template, hash: hashed.hash, run: null, family, seed: seedOf(hashed.config) }]
    : [];
}

/** As if it had been trained under the round's conditions: how often it was evaluated does not make it another configuration here. */
function hashUnder(config: NonNullable<Run["config"]>, { fork, eval_freq }: TrainerConditions): string {
  return configHash(config, { fork, overrides: { eval_freq } });
}
