import { AutoloopError } from "../errors.ts";
import { isOutcome, type LedgerEvent } from "../rounds/events.ts";
import { isGivenUp } from "../rounds/history.ts";
import { appendEvents, type LedgerContent, parseLedgerFile } from "../rounds/ledger.ts";
import { Outcome } from "../rounds/outcome.ts";
import { type BranchWriter, LEDGER_BRANCH, type RepositoryReader, type Sha, type TreeFile } from "./forge.ts";

/** One state of the ledger branch. */
export interface LedgerSnapshot extends LedgerContent {
  /** null: nothing was ever written. */
  readonly commit: Sha | null;
  /** `<trial>-<attempt>` → the outcome's blob. */
  readonly outcomes: ReadonlyMap<string, Sha>;
}

export interface LedgerStore {
  /** As it is now, or as it was at a commit that was seen a moment ago; null: no ledger was seen. */
  readonly read: (at?: Sha | null) => Promise<LedgerSnapshot>;
  /** The ledger's commit: changes whenever it says something new. */
  readonly head: () => Promise<Sha | null>;
  /** The events of one round alone. */
  readonly readRound: (round: string) => Promise<readonly LedgerEvent[]>;
  /**
   * Adds events (and outcome files beside them) in one commit, as a compare-and-swap: when somebody else was faster, reads again and
   * leaves out what is there by then. Resolves to the state after it and what was really added.
   */
  readonly append: (addition: {
    events: readonly LedgerEvent[];
    outcomes?: readonly Outcome[];
    onto?: LedgerSnapshot;
  }) => Promise<{ snapshot: LedgerSnapshot; added: readonly LedgerEvent[] }>;
  readonly readOutcomes: (
    snapshot: LedgerSnapshot,
    names: Iterable<string>,
  ) => Promise<ReadonlyMap<string, Outcome>>;
}

const EMPTY: LedgerSnapshot = { commit: null, texts: new Map(), events: [], outcomes: new Map() };
const OUTCOME_FILE = /^outcomes\/(.+)\.json$/;
const TRIES = 8;

export function ledgerStore({
  reader,
  writer,
}: {
  reader: RepositoryReader;
  writer: BranchWriter;
}): LedgerStore {
  const read: LedgerStore["read"] = async (at) => {
    if (at === null) return EMPTY;
    const tree = await reader.tree(at === undefined ? { branch: LEDGER_BRANCH } : { commit: at });
    if (!tree) return EMPTY;
    const logs = [...tree.files]
      .filter(([path]) => path.endsWith(".jsonl"))
      .sort(([a], [b]) => a.localeCompare(b));
    const blobs = await reader.blobs(logs.map(([, { blob }]) => blob));
    const texts = new Map(
      logs.map(([path, { blob }]) => [path, Buffer.from(blobs.get(blob) ?? []).toString("utf8")]),
    );
    const events = [...texts].flatMap(([path, text]) => parseLedgerFile({ path, text }));
    return { commit: tree.commit, texts, events, outcomes: outcomeBlobs(tree.files) };
  };

  return {
    read,
    head: () => reader.head(LEDGER_BRANCH),
    readRound: async (round) => {
      const path = `rounds/${round}.jsonl`;
      const file = (await reader.tree({ branch: LEDGER_BRANCH }))?.files.get(path);
      const bytes = file && (await reader.blobs([file.blob])).get(file.blob);
      return bytes ? parseLedgerFile({ path, text: Buffer.from(bytes).toString("utf8") }) : [];
    },
    append: async ({ events, outcomes = [], onto }) => {
      let snapshot = onto ?? (await read());
      for (let tries = 0; tries < TRIES; tries++) {
        const { files, added } = appendEvents(snapshot, events);
        if (added.length === 0) return { snapshot, added };
        const parent = snapshot.commit;
        const settled = settledIn(snapshot);
        const changes = new Map<string, string>([
          ...files,
          ...outcomes
            .filter((outcome) => !settled(outcome))
            .map((outcome): [string, string] => [outcomePath(outcome), `${JSON.stringify(outcome)}\n`]),
        ]);
        const result = await writer.commit({
          branch: LEDGER_BRANCH,
          parent,
          files: changes,
          message: subject(added),
        });
        if (result.kind === "refused") {
          throw new AutoloopError("ledger.protected", {
            what: `The branch ${LEDGER_BRANCH} is protected: ${result.reason}`,
            next: `Let the branches autoloop/* out of the protection rules; only rounds need a review.`,
          });
        }
        if (result.kind === "moved") {
          // The blobs of new outcome files are named by the forge alone.
          if (outcomes.length > 0) return { snapshot: await read(), added };
          const after = {
            ...snapshot,
            commit: result.commit,
            texts: new Map([...snapshot.texts, ...files]),
            events: [...snapshot.events, ...added],
          };
          return { snapshot: after, added };
        }
        snapshot = await read();
      }
      throw new AutoloopError("ledger.contended", {
        what: `The branch ${LEDGER_BRANCH} was moved by others ${TRIES} times while this was being recorded.`,
        next: "Run again; nothing was recorded twice.",
      });
    },
    readOutcomes: async (snapshot, names) => {
      const wanted = [...names].flatMap((name): [string, Sha][] => {
        const blob = snapshot.outcomes.get(name);
        return blob ? [[name, blob]] : [];
      });
      const blobs = await reader.blobs(wanted.map(([, blob]) => blob));
      return new Map(
        wanted.map(([name, blob]) => [
          name,
          parseOutcome(Buffer.from(blobs.get(blob) ?? []).toString("utf8"), name),
        ]),
      );
    },
  };
}

export function outcomeName(outcome: { trial: string; attempt: number }): string {
  return `${outcome.trial}-${outcome.attempt}`;
}

/** Of attempts that have their outcome already: the first one counts, and its file stays as it is. */
function settledIn({ events }: LedgerSnapshot): (outcome: Outcome) => boolean {
  const names = new Set(
    events
      .filter(isOutcome)
      .filter((event) => !isGivenUp(event))
      .map(outcomeName),
  );
  return (outcome) => names.has(outcomeName(outcome));
}

function outcomePath(outcome: Outcome): string {
  return `outcomes/${outcomeName(outcome)}.json`;
}

function outcomeBlobs(files: ReadonlyMap<string, TreeFile>): ReadonlyMap<string, Sha> {
  return new Map(
    [...files].flatMap(([path, { blob }]): [string, Sha][] => {
      const name = OUTCOME_FILE.exec(path)?.[1];
      return name ? [[name, blob]] : [];
    }),
  );
}

/** Only ids of ours stand in a commit subject, never a name that somebody else chose. */
function subject(events: readonly LedgerEvent[]): string {
  const first = events[0];
  const of = first && "round" in first ? ` ${first.round}` : "";
  const kinds = [...new Set(events.map(({ event }) => event))].join(", ");
  return `ledger${of}: ${kinds}`;
}

export function parseOutcome(text: string, name: string): Outcome {
  const parsed = Outcome.safeParse(safeJson(text));
  if (parsed.success) return parsed.data;
  throw new AutoloopError("input.outcome", {
    what: `${name} is not an outcome that autoloop wrote.`,
    next: "Remove the file and start the dispatch again; the attempt is then recorded as interrupted.",
    cause: parsed.error,
  });
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
