import { EMPTY_TREE, type Pull, type Tree, type WorkflowRun, type Workflows } from "../forge/forge.ts";
import type { LedgerSnapshot } from "../forge/ledger-store.ts";
import { type RepositoryView, viewOfTree } from "../forge/view.ts";
import type { House } from "../house.ts";
import { foldLedger, type History } from "../rounds/history.ts";
import type { Claiming, DispatchView, Observed, PullView } from "../rounds/reconcile.ts";
import { groundOf } from "./ground.ts";
import { launchRules } from "./launch-rules.ts";

const ROUND_BRANCH = "autoloop/round-";

export function roundBranch(round: string): string {
  return `${ROUND_BRANCH}${round}`;
}

export function roundsFolder(house: Pick<House, "settings">): string {
  return `${house.settings.paths.reports}/data/rounds`;
}

export function manifestPath(house: Pick<House, "settings">, round: string): string {
  return `${roundsFolder(house)}/${round}.json`;
}

/** The repository and the ledger as they are now. */
export interface World {
  readonly branch: string;
  readonly tree: Tree;
  readonly view: RepositoryView;
  readonly ledger: LedgerSnapshot;
  readonly history: History;
  /** Rounds whose manifest is on the default branch. */
  readonly merged: ReadonlySet<string>;
}

/** One look at the default branch and the ledger, both at once. */
export async function lookAround(house: House): Promise<World> {
  const { reader } = house.forge;
  const { branch, commit, beside } = await house.glance();
  const [tree, ledger] = await Promise.all([
    commit === null ? null : reader.tree({ commit }),
    house.ledger.read(beside),
  ]);
  const known = tree ?? EMPTY_TREE;
  const view = viewOfTree({ reader, tree: known });
  return {
    branch,
    tree: known,
    view,
    ledger,
    history: foldLedger(ledger.events),
    merged: mergedRounds(house, view),
  };
}

function mergedRounds(house: House, view: RepositoryView): ReadonlySet<string> {
  const folder = `${roundsFolder(house)}/`;
  return new Set(
    view.paths.flatMap((path) => {
      const round = path.startsWith(folder)
        ? /^(\d{4})\.json$/.exec(path.slice(folder.length))?.[1]
        : undefined;
      return round ? [round] : [];
    }),
  );
}

/** What else decides what is due: open pull requests and workflow runs, asked for only where something hangs on them. */
export async function observe(house: House, world: World): Promise<Observed> {
  const rounds = [...world.history.rounds.values()];
  const proposed = rounds.filter(({ state }) => state === "proposed");
  const waiting = rounds.some(({ attempts }) => attempts.some(({ outcome }) => outcome === null));
  const [pulls, dispatches] = await Promise.all([
    Promise.all(
      proposed.flatMap(({ round, pull }) =>
        pull === null ? [] : [house.forge.pulls.get(pull).then((seen): [string, Pull] => [round, seen])],
      ),
    ),
    waiting ? dispatchViews(house) : new Map<string, DispatchView>(),
  ]);
  return {
    ...claiming(house, world),
    pulls: new Map(pulls.map(([round, pull]) => [round, pullView(pull)])),
    heads: new Map(
      pulls.flatMap(([round, { head }]) => (head.sameRepository ? [[round, head.sha] as const] : [])),
    ),
    base: world.tree.commit,
    ground: proposed.length > 0 ? groundOf(house, world) : null,
    dispatches,
  };
}

export function claiming({ settings, now, retries }: House, { history, merged }: World): Claiming {
  const { mode } = settings;
  return { mode, now: now().toISOString(), history, merged, rules: launchRules(settings), retries };
}

function pullView(pull: Pull): PullView {
  return pull.merged ? "merged" : pull.state;
}

/** The workflow names its runs `autoloop train <dispatch>`; of several runs of one dispatch the liveliest counts. */
export async function dispatchViews(house: House): Promise<ReadonlyMap<string, DispatchView>> {
  const liveliness: Record<DispatchView, number> = { completed: 0, queued: 1, running: 2 };
  const views = new Map<string, DispatchView>();
  for (const { dispatch, status } of await dispatchRuns(house)) {
    const known = views.get(dispatch);
    if (!known || liveliness[status] > liveliness[known]) views.set(dispatch, status);
  }
  return views;
}

/** The workflow runs that train, the newest first. */
export async function dispatchRuns({
  forge,
}: {
  readonly forge: { readonly workflows: Pick<Workflows, "runs"> };
}): Promise<readonly (WorkflowRun & { dispatch: string })[]> {
  return (await forge.workflows.runs()).flatMap((run) => {
    const dispatch = /\btrain (\d{4}-[0-9a-f]{8})\b/.exec(run.title)?.[1];
    return dispatch ? [{ ...run, dispatch }] : [];
  });
}
