import type { Desk } from "./desk.ts";

export interface Phase {
  readonly name: string;
  /** The phase whose end it begins at; null: nothing was done yet. */
  readonly after: string | null;
  /** What people did meanwhile. */
  readonly before: (here: Desk) => Promise<unknown>;
  /** The job that then has to do something, as often as it takes. */
  readonly act: (here: Desk) => Promise<unknown>;
  /** Everything that it writes. */
  readonly writes: readonly string[];
}

const nothing = async () => undefined;
const wake = (here: Desk) => here.wake();

/** The three writes by which a branch comes to hold something. */
const written = (what: string, branch: string) => [
  `the files: ${what}`,
  `the commit: ${what}`,
  `the ${branch}: ${what}`,
];
const recorded = (event: string) => written(`ledger, ${event}`, "branch autoloop/ledger");

const opened = (round: string) => [
  ...written(`${round}.json`, `new branch autoloop/round-${round}`),
  `the pull request from autoloop/round-${round}`,
];
const reported = (branch: string) => [...recorded("collected"), "a blob", ...written("act_ot.md", branch)];
const decorated = (pull: number) => [
  'the check "autoloop round 0001", success',
  `the labels of #${pull}`,
  'the check "autoloop round 0002", success',
  "the changed status comment",
  `status comment on #${pull}`,
  ...recorded("notified"),
  `the reviewers of #${pull}`,
];

export const PHASES: readonly Phase[] = [
  {
    name: "opening",
    after: null,
    before: nothing,
    act: wake,
    writes: [
      ...opened("0001"),
      ...written("ledger, proposed", "new branch autoloop/ledger"),
      "the labels of #1",
      'the check "autoloop round 0001", success',
      "status comment on #1",
      ...recorded("notified"),
      "the reviewers of #1",
    ],
  },
  {
    name: "approval",
    after: "opening",
    before: (here) => here.people.merge("ana", 1),
    act: wake,
    writes: [
      ...recorded("approved"),
      ...recorded("dispatched"),
      "the dispatch",
      'the check "autoloop round 0001", in_progress',
      "the changed status comment",
    ],
  },
  {
    name: "collecting",
    after: "approval",
    before: nothing,
    act: (here) => here.collect(),
    writes: [
      ...reported("branch main"),
      ...recorded("reported"),
      ...opened("0002"),
      ...recorded("proposed"),
      ...decorated(2),
    ],
  },
  {
    name: "collecting where main is protected",
    after: "approval",
    before: (here) => here.set({ report: { via: "pull-request" } }),
    act: (here) => here.collect(),
    writes: [
      ...reported("new branch autoloop/report"),
      "the pull request from autoloop/report",
      ...recorded("reported"),
      ...opened("0002"),
      ...recorded("proposed"),
      ...decorated(3),
    ],
  },
  {
    name: "an attempt that is lost",
    after: "approval",
    before: async (here) => {
      for (const one of here.github.state.runs.values()) one.status = "completed";
      await here.age();
    },
    act: wake,
    writes: [
      ...recorded("interrupted"),
      ...recorded("dispatched"),
      "the dispatch",
      "the changed status comment",
    ],
  },
  {
    name: "a reviewer's push",
    after: "opening",
    before: async (here) => {
      const [first] = (await here.manifest("0001")).variants;
      await here.push("ana", "autoloop/round-0001", { [first?.path ?? ""]: "{}\n" });
    },
    act: wake,
    writes: [
      "reply on #1",
      ...recorded("edited"),
      "the description of #1",
      ...recorded("refreshed"),
      'the check "autoloop round 0001", neutral',
    ],
  },
  {
    name: "a variant that is skipped",
    after: "opening",
    before: async (here) => {
      const [first] = (await here.manifest("0001")).variants;
      const variants = [{ id: first?.id ?? "", hash: first?.hash ?? "" }];
      const at = new Date().toISOString();
      await here.append({ key: "skipped:1", at, event: "skipped", round: "0001", by: "ana", variants });
    },
    act: wake,
    writes: [
      "a blob",
      ...written("0001.json", "branch autoloop/round-0001"),
      "the description of #1",
      ...recorded("refreshed"),
      'the check "autoloop round 0001", success',
      "the changed status comment",
    ],
  },
  {
    name: "a merge that approves nothing",
    after: "opening",
    before: async (here) => {
      await here.github.mergeAs("rea", 1);
      const at = new Date().toISOString();
      await here.append({ key: "comment:1", at, event: "paused", by: "ana", reason: null });
    },
    act: wake,
    writes: ["reply on #1", ...recorded("refused"), "the changed status comment"],
  },
  {
    name: "a round that is closed",
    after: "opening",
    before: (here) => here.people.close("ana", 1),
    act: wake,
    writes: [...recorded("rejected"), "the changed status comment"],
  },
];
