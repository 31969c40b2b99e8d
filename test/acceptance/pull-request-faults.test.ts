import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../src/embedded/github/faults.ts";
import { type Desk, desk, REPORT } from "./desk.ts";
import { THOROUGH } from "./thorough.ts";

let here: Desk;
const marks: Record<string, () => Promise<void>> = {};

beforeAll(async () => {
  here = await desk();
  marks["opening"] = await here.mark();
  await here.wake();
  marks["approval"] = await here.mark();
  await here.people.merge("ana", 1);
  await here.wake();
  marks["collecting"] = await here.mark();
}, 120_000);
afterAll(() => here.close());

/** What is done in each phase of a round; a wake-up that dies is followed by another. */
const phases = {
  opening: { act: () => here.wake(), again: () => here.wake() },
  approval: {
    act: async () => {
      await here.people.merge("ana", 1);
      return here.wake();
    },
    again: () => here.wake(),
  },
  collecting: { act: () => here.collect(), again: () => here.collect() },
} as const;
type Phase = keyof typeof phases;

/** Every kind of write, by the phase in which it happens; `skip`: how many of the same kind come first. */
const WRITES: readonly (readonly [Phase, string, Pick<Fault, "method" | "path" | "skip">])[] = [
  ["opening", "the files of the proposal", { method: "POST", path: /git\/trees$/ }],
  ["opening", "the commit of the proposal", { method: "POST", path: /git\/commits$/ }],
  ["opening", "the round's branch", { method: "POST", path: /git\/refs$/ }],
  ["opening", "the pull request", { method: "POST", path: /\/pulls$/ }],
  ["opening", "the ledger's first commit", { method: "POST", path: /git\/commits$/, skip: 1 }],
  ["opening", "the ledger's branch", { method: "POST", path: /git\/refs$/, skip: 1 }],
  ["opening", "the labels", { method: "POST", path: /labels$/ }],
  ["opening", "the check", { method: "POST", path: /check-runs$/ }],
  ["approval", "the approval's commit", { method: "POST", path: /git\/commits$/ }],
  ["approval", "the approval in the ledger", { method: "PATCH", path: /ledger$/ }],
  ["approval", "the claim in the ledger", { method: "PATCH", path: /ledger$/, skip: 1 }],
  ["approval", "the dispatch", { method: "POST", path: /dispatches$/ }],
  ["collecting", "the outcomes in the ledger", { method: "PATCH", path: /ledger$/ }],
  ["collecting", "the report's files", { method: "POST", path: /git\/trees$/, skip: 1 }],
  ["collecting", "the report on main", { method: "PATCH", path: /heads(%2F|\/)main$/ }],
  ["collecting", "the report in the ledger", { method: "PATCH", path: /ledger$/, skip: 1 }],
  ["collecting", "the next round's branch", { method: "POST", path: /git\/refs$/ }],
  ["collecting", "the next pull request", { method: "POST", path: /\/pulls$/ }],
];

const secondary = {
  status: 403,
  headers: { "retry-after": "1" },
  body: {
    message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
  },
};
const FAULTS: readonly (readonly [string, Omit<Fault, "method" | "path">])[] = [
  ["is done, but the answer is lost (502)", { status: 502, when: "after" }],
  ["meets a server that is down (503, until the job gives up)", { status: 503, times: 8 }],
  ["meets a network that is cut, before", { cut: true }],
  ["meets a network that is cut, after", { cut: true, when: "after" }],
  ["meets a secondary rate limit (403)", secondary],
  ["meets 429", { ...secondary, status: 429, times: 8 }],
  ["meets 409", { status: 409, body: { message: "Git Repository is being worked on." } }],
  ["meets 422", { status: 422, body: { message: "Could not resolve to a node with the global id." } }],
];

/** Each write meets one kind of fault here, two of the eight where there is time for it; neighbours meet the others. */
const KINDS = THOROUGH ? 2 : 1;
const CASES = WRITES.flatMap(([phase, write, request], row) =>
  FAULTS.filter((_fault, column) => (column + row) % (FAULTS.length / KINDS) === 0).map(
    ([name, fault]) => [phase, write, name, { ...request, ...fault }] as const,
  ),
);

/** All that counts, without times and commits: what must be the same as if nothing had happened. */
async function state(): Promise<object> {
  const keys = (await here.events()).map(({ key }) => key).filter((key) => !key.startsWith("refreshed:"));
  const report = await here.show(REPORT).catch(() => "");
  return {
    keys: keys.sort(),
    pulls: [...here.github.state.pulls.values()].map(({ title, state: open, headRef }) => [
      title,
      open,
      headRef,
    ]),
    dispatched: [...here.github.state.runs.values()].map(({ title }) => title),
    comments: [...here.github.state.pulls.keys()].map((pull) => here.comments(pull)),
    sections: report.match(/<!-- autoloop:round \d+/g),
  };
}

describe("a write of a round that goes wrong", () => {
  const undisturbed = new Map<Phase, object>();

  async function expected(phase: Phase): Promise<object> {
    const known = undisturbed.get(phase);
    if (known) return known;
    await marks[phase]?.();
    await phases[phase].act();
    const found = await state();
    undisturbed.set(phase, found);
    return found;
  }

  it.each(CASES)(
    "%s: %s %s: nothing is lost and nothing done twice",
    async (phase, _write, _name, fault) => {
      const wanted = await expected(phase);
      await marks[phase]?.();
      here.github.faults.push(fault);
      const from = here.github.requests.length;
      await phases[phase].act();
      const hit = here.github.requests
        .slice(from)
        .filter(({ method, path }) => method === fault.method && fault.path.test(path));
      expect(hit.map(({ status }) => status)).toContain(fault.status ?? 0);
      here.github.faults.clear();
      await here.age();
      await phases[phase].again();
      expect(await state()).toEqual(wanted);
    },
    60_000,
  );
});
