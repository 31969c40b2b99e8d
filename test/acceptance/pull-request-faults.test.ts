import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../src/embedded/github/faults.ts";
import { type Desk, desk, REPORT } from "./desk.ts";
import { PHASES, type Phase } from "./round-phases.ts";
import { writeNames } from "./round-writes.ts";
import { THOROUGH } from "./thorough.ts";
import { warmAction } from "./warm-action.ts";

const secondary = {
  status: 403,
  headers: { "retry-after": "1" },
  body: {
    message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
  },
};
/** As often as the job asks. */
const ALWAYS = { times: Number.POSITIVE_INFINITY };
const KINDS: readonly (readonly [string, Omit<Fault, "method" | "path">])[] = [
  ["is done, but the answer is lost (502)", { status: 502, when: "after" }],
  ["meets a server that is down (503, until the job gives up)", { status: 503, ...ALWAYS }],
  ["meets a network that is cut, before", { cut: true }],
  ["meets a network that is cut, after", { cut: true, when: "after" }],
  ["meets a secondary rate limit (403)", secondary],
  ["meets 429", { ...secondary, status: 429, ...ALWAYS }],
  ["meets 409", { status: 409, body: { message: "Git Repository is being worked on." } }],
  ["meets 422", { status: 422, body: { message: "Could not resolve to a node with the global id." } }],
];

/**
 * In one pass every write of a phase goes wrong once, neighbours in different ways; after as many passes as there are kinds every
 * write has met each of them.
 */
const PASSES = KINDS.map((_kind, pass) => pass).slice(0, THOROUGH ? KINDS.length : 1);
const MET = THOROUGH ? PHASES : PHASES.slice(0, 2);
const LEFT_OUT = THOROUGH
  ? ""
  : ` (one of ${KINDS.length} kinds each, in ${MET.length} of ${PHASES.length} phases: AUTOLOOP_THOROUGH is not 1)`;

/** More jobs than a phase has writes that can end one. */
const JOBS = 30;

const names = writeNames();
const warm = warmAction();
const begin = new Map<string, () => Promise<void>>();
let here: Desk;

beforeAll(async () => {
  here = await desk({ notify: { reviewers: ["ben"] } }, { runs: warm.run, onAnswer: names.onAnswer });
  const seeded = await here.mark();
  for (const phase of MET) {
    const earlier = PHASES.find(({ name }) => name === phase.after);
    await (earlier ? begin.get(earlier.name) : seeded)?.();
    await earlier?.act(here);
    await phase.before(here);
    begin.set(phase.name, await here.mark());
  }
}, 120_000);
afterAll(async () => {
  warm.close();
  await here.close();
});

/** All that counts, without times and commits: what must be the same as if nothing had happened. */
async function state(): Promise<object> {
  const keys = (await here.events()).map(({ key }) => key.replace(/^((edited|refreshed):\d+):.*/, "$1"));
  const report = await here.show(REPORT).catch(() => "");
  const { pulls, runs } = here.github.state;
  return {
    keys: [...new Set(keys)].sort(),
    pulls: [...pulls.values()].map(({ title, state: open, headRef }) => [title, open, headRef]),
    dispatched: [...runs.values()].map(({ title }) => title),
    comments: [...pulls.keys()].map((pull) => here.comments(pull)),
    sections: report.match(/<!-- autoloop:round \d+/g),
  };
}

interface Undisturbed {
  readonly writes: readonly string[];
  readonly state: object;
}

interface Pass {
  /** Names of the writes that met their fault. */
  readonly met: ReadonlySet<string>;
  readonly state: object;
}

/** Names of the writes since `from`, in order, each once. */
function writesSince(from: number, status: (status: number) => boolean = () => true): readonly string[] {
  const seen = here.github.requests.slice(from).filter((request) => status(request.status));
  return [...new Set(seen.flatMap((request) => names.nameOf(request) ?? []))];
}

async function undisturbed(phase: Phase): Promise<Undisturbed> {
  await begin.get(phase.name)?.();
  const from = here.github.requests.length;
  await phase.act(here);
  const writes = writesSince(from);
  await here.age();
  await phase.act(here);
  return { writes, state: await state() };
}

async function disturbed(phase: Phase, pass: number): Promise<Pass> {
  await begin.get(phase.name)?.();
  const met = new Set<string>();
  for (let jobs = 0; jobs < JOBS; jobs++) {
    const faults = phase.writes.map((write, row) => ({ write, fault: kindOf(row, pass)[1] }));
    for (const { write, fault } of faults.filter(({ write }) => !met.has(write))) {
      here.github.faults.push({ ...fault, path: /./, only: (asked) => names.nameOf(asked) === write });
    }
    const from = here.github.requests.length;
    const before = met.size;
    await phase.act(here);
    here.github.faults.clear();
    for (const { write, fault } of faults)
      if (writesSince(from, (status) => status === (fault.status ?? 0)).includes(write)) met.add(write);
    // What follows a job that was left in peace is a job with nothing to do.
    if (met.size === before) break;
    await here.age();
  }
  return { met, state: await state() };
}

function kindOf(row: number, pass: number): (typeof KINDS)[number] {
  const kind = KINDS[(row + pass) % KINDS.length];
  if (!kind) throw new Error("There are no kinds of faults.");
  return kind;
}

const once = <Key, Value>(work: (key: Key) => Promise<Value>) => {
  const known = new Map<Key, Promise<Value>>();
  return (key: Key): Promise<Value> => {
    const found = known.get(key) ?? work(key);
    known.set(key, found);
    return found;
  };
};

describe.each(MET)(`$name: a write that goes wrong${LEFT_OUT}`, (phase) => {
  const expected = once(() => undisturbed(phase));
  const passed = once((pass: number) => disturbed(phase, pass));

  it("is each of those that are named here", async () => {
    expect((await expected(phase)).writes).toEqual(phase.writes);
  });

  const pairs = PASSES.flatMap((pass) =>
    phase.writes.map((write, row) => [write, kindOf(row, pass)[0], pass] as const),
  );
  it.each(pairs)(
    "%s %s: nothing is lost and nothing done twice",
    async (write, _kind, pass) => {
      const wanted = await expected(phase);
      const found = await passed(pass);
      expect([...found.met]).toContain(write);
      expect(found.state).toEqual(wanted.state);
    },
    120_000,
  );
});
