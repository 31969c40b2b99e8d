/** What is due after many rounds: the ledger's files read, folded and reconciled, in a process that does nothing else. */

import { launchRules } from "../src/commands/launch-rules.ts";
import { median } from "../src/judgement/statistics.ts";
import type { LedgerEvent } from "../src/rounds/events.ts";
import { foldLedger } from "../src/rounds/history.ts";
import { appendEvents, parseLedgerFile } from "../src/rounds/ledger.ts";
import { reconcile } from "../src/rounds/reconcile.ts";
import { RETRIES } from "../src/rounds/trials.ts";
import { Settings } from "../src/settings.ts";
import { amount, below, circumstances, noted, printBench } from "./lib/figures.ts";
import { madeLedger } from "./lib/made-ledger.ts";

const ROUNDS = 100;
const PER_ROUND = 100;
const AGAIN = 9;

const before = circumstances();
const { files, events } = madeLedger({ rounds: ROUNDS, perRound: PER_ROUND });
const rules = launchRules(Settings.parse({}));

/** Milliseconds of CPU. */
function cpuOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function readAll(): readonly LedgerEvent[] {
  return [...files].flatMap(([path, text]) => parseLedgerFile({ path, text }));
}

function wakeUp(): void {
  const read = readAll();
  const history = foldLedger(read);
  const due = reconcile({
    mode: "train",
    now: "2026-01-06T20:00:00.000Z",
    history,
    merged: new Set(history.rounds.keys()),
    pulls: new Map(),
    heads: new Map(),
    base: "0".repeat(40),
    ground: null,
    dispatches: new Map(),
    rules,
    retries: RETRIES,
  });
  if (read.length !== events || due.length !== 1 || due[0]?.due !== "claim") {
    throw new Error(`${read.length} events, due: ${JSON.stringify(due)}`);
  }
}

// What the making left behind is not the wake-up's to clear away.
globalThis.gc?.();
const first = cpuOf(wakeUp);
const again = Array.from({ length: AGAIN }, () => cpuOf(wakeUp));
const ledger = { texts: files, events: readAll() };
const append = cpuOf(() => {
  appendEvents(ledger, [
    { key: "comment:1", at: "2026-01-06T20:00:00.000Z", event: "answered", by: "ana", answer: "status" },
  ]);
});

printBench({
  title: "Reconcile",
  work: `${ROUNDS} rounds, ${events} events in ${files.size} files: read, folded and reconciled; the trials of the last round are due.`,
  circumstances: before,
  figures: [
    below("the first time, CPU", { value: first, goal: 300, unit: "ms", digits: 0 }),
    noted("again, median CPU", amount(median(again), "ms", 0)),
    noted("one event appended, CPU", amount(append, "ms", 0)),
  ],
});
