import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { LedgerEvent } from "../../src/rounds/events.ts";
import { say } from "../rounds/fixtures.ts";
import { commentLab } from "./comment-lab.ts";
import { further, THOROUGH } from "./thorough.ts";

type Here = Awaited<ReturnType<typeof commentLab>>;

const DISPATCH = "0001-deadbeef";
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
const at = (hours: number, events: readonly LedgerEvent[]): readonly LedgerEvent[] =>
  events.map((event) => ({ ...event, at: hoursAgo(hours) }));

/** Round 1 is merged: a finished, b ended invalid, c is out there. Round 2 waits for its merge. */
const rounds = (hours = 2): readonly LedgerEvent[] =>
  at(hours, [
    say.proposed("0001", 1),
    say.approved("0001", ["1", "2", "3"], 1),
    say.dispatched(
      DISPATCH,
      ["0001a-s42", "0001b-s42", "0001c-s42"].map((id) => ({ id, attempt: 1 })),
    ),
    say.ended("finished", "0001a-s42"),
    say.ended("invalid", "0001b-s42"),
    say.reported("0001", ["0001a-s42:1", "0001b-s42:1"]),
  ]);
const open = (): readonly LedgerEvent[] => [...rounds(), ...at(1, [say.proposed("0002", 2)])];
const closed = (): readonly LedgerEvent[] => [
  ...open(),
  { key: "rejected:0002", at: hoursAgo(0.5), event: "rejected", round: "0002", pull: 2 },
];
const paused = (): readonly LedgerEvent[] => [
  ...open(),
  { key: "comment:1", at: hoursAgo(0.5), event: "paused", by: "ada", reason: null },
];

let here: Here;
beforeAll(async () => {
  vi.setConfig({ testTimeout: 90_000 });
  here = await commentLab();
}, 60_000);
afterAll(async () => {
  vi.resetConfig();
  await here.close();
});

/** The workflow run of the dispatch that is out there. */
async function trains(status: "queued" | "in_progress") {
  await dispatchTraining(here);
  const [run] = here.runs();
  if (run) run.status = status;
}

async function dispatchTraining({ github }: Here) {
  await fetch(`${github.apiUrl}/repos/lab/policies/actions/workflows/autoloop.yml/dispatches`, {
    method: "POST",
    headers: { authorization: `Bearer ${github.tokenFor("ana")}`, "content-type": "application/json" },
    body: JSON.stringify({ ref: "main", inputs: { mode: "train", dispatch: DISPATCH } }),
  });
}

/** Kinds of the events that came after these. */
async function addedTo(before: readonly LedgerEvent[]): Promise<readonly string[]> {
  const known = new Set(before.map(({ key }) => key));
  return (await here.events()).filter(({ key }) => !known.has(key)).map(({ event }) => event);
}

/** Refused with a sentence, or silently when that was just said. */
const REFUSED = expect.toSatisfy(
  (result: { answer?: string; why?: string }) => result.answer === "refused" || result.why === "rate",
);

/** Each scenario spawns a program: where all show the same, the first few do unless CI wants to be thorough. */
function few<Scenario>(scenarios: readonly Scenario[]): readonly Scenario[] {
  return THOROUGH ? scenarios : scenarios.slice(0, 2);
}

interface Scenario {
  readonly name: string;
  readonly line: string;
  readonly by?: string;
  readonly pull?: number;
  readonly ledger?: () => readonly LedgerEvent[];
  readonly answer: string;
  /** Events that it adds. */
  readonly adds: readonly string[];
  readonly trials?: readonly string[];
  readonly reply?: RegExp;
  /** `mode` of workflow runs that it starts. */
  readonly starts?: readonly string[];
}

const ACCEPTED: readonly Scenario[] = [
  { name: "/status makes the status comment", line: "/status", answer: "status", adds: ["answered"] },
  {
    name: "/rerun b trains once more what ended invalid",
    line: "/rerun b",
    answer: "rerun",
    adds: ["rerun", "dispatched"],
    trials: ["0001b-s42"],
    starts: ["train"],
  },
  {
    name: "/rerun a trains once more what finished, because it is named",
    line: "/rerun 0001a-s42",
    answer: "rerun",
    adds: ["rerun", "dispatched"],
    trials: ["0001a-s42"],
    starts: ["train"],
  },
  {
    name: "/rerun --seed trains every variant at that seed",
    line: "/rerun --seed 7",
    answer: "rerun",
    adds: ["rerun", "dispatched"],
    trials: ["0001a-s7", "0001b-s7", "0001c-s7"],
    starts: ["train"],
  },
  {
    name: "/rerun while paused is remembered and begins nothing",
    line: "/rerun b",
    ledger: paused,
    answer: "rerun",
    adds: ["rerun"],
    trials: ["0001b-s42"],
  },
  {
    name: "/stop means what is out there",
    line: "/stop",
    answer: "stop",
    adds: ["stop-requested"],
    trials: ["0001c-s42"],
  },
  {
    name: "/stop c means that variant",
    line: "/stop c",
    answer: "stop",
    adds: ["stop-requested"],
    trials: ["0001c-s42"],
  },
  {
    name: "/extend goes on with what finished",
    line: "/extend a --steps 4000",
    answer: "extend",
    adds: ["extended", "dispatched"],
    trials: ["0001a-s42"],
    starts: ["train"],
  },
  {
    name: "/seeds trains the seeds that the variant lacks",
    line: "/seeds b 3",
    answer: "seeds",
    adds: ["rerun", "dispatched"],
    trials: ["0001b-s87", "0001b-s123"],
    starts: ["train"],
  },
  {
    name: "/skip keeps a configuration from being trained again",
    line: "/skip b",
    answer: "skip",
    adds: ["skipped"],
    trials: ["0001b"],
  },
  {
    name: "/skip works on a round that is not merged",
    line: "/skip a",
    pull: 2,
    answer: "skip",
    adds: ["skipped"],
    trials: ["0002a"],
  },
  {
    name: "/propose after a round was closed asks the control job for another",
    line: "/propose",
    ledger: closed,
    answer: "propose",
    adds: ["propose-requested"],
    starts: ["propose"],
  },
  { name: "/pause pauses", line: "/pause", answer: "pause", adds: ["paused"] },
  { name: "/pause by a maintainer pauses", line: "/pause", by: "max", answer: "pause", adds: ["paused"] },
  { name: "/pause by an administrator pauses", line: "/pause", by: "ada", answer: "pause", adds: ["paused"] },
  { name: "/resume ends the pause", line: "/resume", ledger: paused, answer: "resume", adds: ["resumed"] },
  {
    name: "/resume begins what was asked for meanwhile",
    line: "/resume",
    ledger: () => [...paused(), ...at(0.2, [say.rerun("0001", [{ id: "0001b-s42", attempt: 2 }], 2)])],
    answer: "resume",
    adds: ["dispatched", "resumed"],
    starts: ["train"],
  },
];

const DECLINED: readonly Scenario[] = [
  {
    name: "/help lists the commands",
    line: "/help",
    answer: "help",
    adds: ["answered"],
    reply: /`\/extend VARIANT/,
  },
  {
    name: "/rerun of a round that is not merged says: merge first",
    line: "/rerun",
    pull: 2,
    answer: "merge-first",
    adds: ["answered"],
    reply: /Merge the pull request first/,
  },
  {
    name: "/rerun without anything that failed says so",
    line: "/rerun",
    answer: "nothing-to-rerun",
    adds: ["answered"],
    reply: /nothing to run again/,
  },
  {
    name: "/stop of what has ended says so",
    line: "/stop a",
    answer: "nothing-to-stop",
    adds: ["answered"],
    reply: /nothing to stop/,
  },
  {
    name: "/extend to fewer steps says how many there are",
    line: "/extend a --steps 100",
    answer: "too-few-steps",
    adds: ["answered"],
    reply: /2000 steps already/,
  },
  {
    name: "/extend beyond all measure says the limit",
    line: "/extend a --steps 9999999",
    answer: "too-many-steps",
    adds: ["answered"],
    reply: /100000 steps at most/,
  },
  {
    name: "/seeds that are there already says so",
    line: "/seeds b 1",
    answer: "has-seeds",
    adds: ["answered"],
    reply: /first 1 seeds already/,
  },
  {
    name: "/skip of a variant that does not exist says so",
    line: "/skip z",
    answer: "no-such-variant",
    adds: ["answered"],
    reply: /no such variant/,
  },
  {
    name: "/propose while a round is open says which",
    line: "/propose",
    answer: "round-open",
    adds: ["answered"],
    reply: /Round 0002 is still open/,
  },
  {
    name: "/pause twice says so",
    line: "/pause",
    ledger: paused,
    answer: "already-paused",
    adds: ["answered"],
    reply: /paused already/,
  },
  {
    name: "/resume without a pause says so",
    line: "/resume",
    answer: "not-paused",
    adds: ["answered"],
    reply: /not paused/,
  },
  {
    name: "a misspelt command gets help",
    line: "/stpo",
    answer: "malformed",
    adds: ["answered"],
    reply: /`\/stpo` is not a command/,
  },
  {
    name: "an unknown flag gets help",
    line: "/stop --force",
    answer: "malformed",
    adds: ["answered"],
    reply: /is not a command/,
  },
];

describe("a person with write permission", () => {
  const named = [...ACCEPTED, ...few(DECLINED)].map((scenario) => [scenario.name, scenario] as const);
  it.each(named)("%s", async (_, scenario) => {
    const {
      line,
      by = "ana",
      pull = 1,
      ledger = open,
      answer,
      adds,
      trials = [],
      reply,
      starts = [],
    } = scenario;
    const before = ledger();
    await here.given(before);
    await trains("in_progress");
    const { exit, result } = await here.say(by, line, pull);
    expect(exit).toBe(0);
    expect(result).toMatchObject({ kind: "answered", answer, trials });
    const known = new Set(before.map(({ key }) => key));
    const added = (await here.events()).filter(({ key }) => !known.has(key));
    expect(added.map(({ event }) => event).sort()).toEqual([...adds].sort());
    expect(added.every((event) => !("by" in event) || event.by === by)).toBe(true);
    expect(
      here
        .runs()
        .slice(1)
        .map(({ inputs }) => inputs["mode"]),
    ).toEqual(starts);
    expect(here.runs().some(({ cancelRequested }) => cancelRequested)).toBe(false);
    const [posted, ...more] = here.ours(pull);
    expect(more).toEqual([]);
    expect(posted?.body).toMatch(reply ?? /^<!-- autoloop:status -->\n\n## autoloop status/);
    expect(here.reactions()).toEqual([reply && answer !== "help" ? "confused" : "rocket"]);
    expect(here.github.unknownRoutes).toEqual([]);
  });
});

const EVERY_COMMAND = [
  "/rerun b",
  "/stop",
  "/status",
  "/extend a --steps 4000",
  "/seeds b 3",
  "/skip b",
  "/propose",
  "/pause",
  "/resume",
  "/help",
];

describe("without write permission", () => {
  beforeAll(() => here.given(closed()));

  it.concurrent.each(few(EVERY_COMMAND))("a reader's %s does nothing", async (line) => {
    expect((await here.say("rea", line)).result).toEqual(REFUSED);
  });
  it.concurrent.each(few(EVERY_COMMAND))("a triager's %s does nothing", async (line) => {
    expect((await here.say("tri", line)).result).toEqual(REFUSED);
  });
  it.concurrent.each(few(EVERY_COMMAND))("an outsider's %s does nothing", async (line) => {
    expect((await here.say("out", line)).result).toEqual(REFUSED);
  });
  it.concurrent.each(few(EVERY_COMMAND))("a bot's %s is ignored, although it may write", async (line) => {
    expect((await here.say("ci[bot]", line)).result).toMatchObject({ kind: "ignored", why: "bot" });
  });
  it.concurrent.each(few(EVERY_COMMAND))(
    "%s on a fork's pull request that looks like a round is ignored",
    async (line) => {
      expect((await here.say("ana", line, 3)).result).toMatchObject({ kind: "ignored", why: "not-a-round" });
    },
  );
  it.concurrent("a reader's misspelling is not answered", async () => {
    expect((await here.say("rea", "/stpo")).result).toMatchObject({ kind: "ignored", why: "not-a-command" });
  });

  it("each of them is told so, and that is all that came of it", async () => {
    await here.say("rea", "/pause");
    expect(new Set(await addedTo(closed()))).toEqual(new Set(["answered"]));
    const told = here.ours(1).map(({ body }) => /^`(\w+)` may not do this/m.exec(body)?.[1]);
    expect(new Set(told)).toEqual(new Set(["rea", "tri", "out"]));
    expect([here.ours(3), here.reactions(), here.runs()]).toEqual([[], [], []]);
  });

  it("and is not told again within the hour", async () => {
    const before = here.ours(1).length;
    expect((await here.say("rea", "/pause")).result).toMatchObject({ kind: "ignored", why: "rate" });
    expect(here.ours(1)).toHaveLength(before);
  });
});

describe("an event that is not a person's own new comment", () => {
  beforeAll(() => here.given(open()));

  it.concurrent.each(["edited", "deleted"])("%s is ignored", async (action) => {
    const payload = await here.write("ana", "/pause");
    expect((await here.deliver({ ...payload, action })).result).toMatchObject({ why: "edited" });
  });
  it.concurrent("sent by somebody else than its author is ignored", async () => {
    const payload = await here.write("rea", "/pause");
    const { sender } = await here.write("ana", "hello");
    expect((await here.deliver({ ...payload, sender })).result).toMatchObject({ why: "impersonated" });
  });
  it.concurrent("without an author is ignored", async () => {
    const payload = await here.write("ana", "/pause");
    const comment = Object.assign({}, payload["comment"], { user: null });
    expect((await here.deliver({ ...payload, comment })).result).toMatchObject({ why: "bot" });
  });
  it.concurrent("on an issue is ignored", async () => {
    const { issue: _, ...payload } = await here.write("ana", "/pause");
    const issue = { number: 1, state: "open" };
    expect((await here.deliver({ ...payload, issue })).result).toMatchObject({ why: "not-a-round" });
  });
  it.concurrent("on a pull request that is no round is ignored", async () => {
    expect((await here.say("ana", "/pause", 4)).result).toMatchObject({ why: "not-a-round" });
  });
  it.concurrent("of another kind makes the job fail", async () => {
    const { exit, log } = await here.deliver({ action: "opened", pull_request: { number: 1 } });
    expect(exit).not.toBe(0);
    expect(log).toContain("not a comment");
  });
  it.concurrent.each(
    few([
      ["a quote", "> /stop"],
      ["a code block", "```\n/stop\n```"],
      ["an indented line", "    /stop"],
      ["a later line", "Looks good.\n/stop"],
      ["the middle of a sentence", "please /stop"],
      ["a path", "/home/ana/lerobot is full"],
    ]),
  )("in which the command is %s is talk", async (_, body) => {
    expect((await here.say("ana", body)).result).toMatchObject({ why: "not-a-command" });
  });

  it("none of them left a trace", async () => {
    expect(await here.events()).toHaveLength(open().length);
    expect([here.ours(1), here.ours(4), here.reactions(), here.runs()]).toEqual([[], [], [], []]);
  });
});

const HOSTILE = few([
  ["a mention that closes issues", "/stop @lab/everyone closes #1"],
  ["a marker of ours", "/stop <!-- autoloop:status -->"],
  ["a shell's command", "/stop b; rm -rf / $(reboot) `id`"],
  ["a path", "/skip ../../.github/workflows"],
  ["a workflow command", "/stop ::set-output name=x::y"],
  ["a table's bar", "/extend a --steps 1e9 | x |"],
  ["a flood", `/stop ${"b ".repeat(4000)}`],
  ["invisible characters", "/stop\u202eb\u0000"],
] as const);

describe("hostile text", () => {
  beforeAll(() => here.given(open()));

  it.concurrent.each(HOSTILE)("%s is quoted harmlessly and does nothing", async (_, body) => {
    const { exit, log, result } = await here.say("ana", body);
    expect(exit).toBe(0);
    expect(result).toMatchObject({ answer: "malformed" });
    expect(log).not.toMatch(/^::set-output/m);
  });

  it("no reply pings, closes or forges anything", async () => {
    const bodies = here.ours(1).map(({ body }) => body);
    expect(bodies).toHaveLength(HOSTILE.length);
    for (const body of bodies) {
      const [marker = "", first = "", ...more] = body.split("\n");
      expect(marker).toMatch(/^<!-- autoloop:reply comment\.\d+ -->$/);
      const outside = first.replace(/`[^`]*`|<code>.*?<\/code>/g, "");
      expect(outside).toBe(" is not a command as they are written here:");
      expect([first, ...more].join("\n")).not.toContain("<!--");
    }
    expect(new Set(await addedTo(open()))).toEqual(new Set(["answered"]));
  });
});

describe("each comment acts once", () => {
  beforeEach(async () => {
    await here.given(open());
    await trains("in_progress");
  });

  it("also when its event is delivered again", async () => {
    const payload = await here.write("ana", "/rerun b");
    expect((await here.deliver(payload)).result).toMatchObject({ kind: "answered" });
    expect((await here.deliver(payload)).result).toMatchObject({ kind: "ignored", why: "seen" });
    expect((await here.events()).filter(({ event }) => event === "dispatched")).toHaveLength(2);
    expect(here.runs()).toHaveLength(2);
  });

  further("also when two jobs have it at the same time", async () => {
    const payload = await here.write("ana", "/rerun b");
    await Promise.all([here.deliver(payload), here.deliver(payload)]);
    expect((await here.events()).filter(({ event }) => event === "rerun")).toHaveLength(1);
    expect(here.runs()).toHaveLength(2);
  });

  further("also when it is malformed: one reply", async () => {
    const payload = await here.write("ana", "/stpo");
    await here.deliver(payload);
    await here.deliver(payload);
    expect(here.ours()).toHaveLength(1);
  });

  further("also when the comment is gone by then", async () => {
    const payload = await here.write("ana", "/pause");
    here.github.state.comments.clear();
    const { exit, result } = await here.deliver(payload);
    expect([exit, result?.["answer"]]).toEqual([0, "pause"]);
  });

  further("also when somebody else moves the ledger meanwhile", async () => {
    const path = /git\/refs\/.*ledger/;
    here.github.faults.push({
      method: "PATCH",
      path,
      status: 422,
      body: { message: "Update is not a fast forward" },
    });
    expect((await here.say("ana", "/pause")).result).toMatchObject({ answer: "pause" });
    expect((await here.events()).filter(({ event }) => event === "paused")).toHaveLength(1);
  });
});

describe("when GitHub does not say what a person may do", () => {
  const path = /collaborators\/ana\/permission/;
  beforeEach(() => here.given(open()));

  it.each(few([403, 401, 451]))(
    "with %i nothing is done, the person is told and the job is red",
    async (status) => {
      here.github.faults.push({ path, status, times: 9 });
      const { exit, result } = await here.say("ana", "/pause");
      expect(exit).not.toBe(0);
      expect(result).toMatchObject({ kind: "ignored", why: "permission-unknown" });
      expect(await here.events()).toHaveLength(open().length);
      expect(here.ours().map(({ body }) => body)).toEqual([
        expect.stringContaining("did not say what `ana` may do"),
      ]);
      expect(here.reactions()).toEqual([]);
    },
  );

  it("with 404 the person counts as a stranger", async () => {
    here.github.faults.push({ path, status: 404 });
    expect((await here.say("ana", "/pause")).result).toMatchObject({ why: "stranger" });
  });

  it("with a permission that does not exist the person counts as a stranger", async () => {
    here.github.faults.push({ path, status: 200, body: { permission: "owner", role_name: "admin" } });
    expect((await here.say("ana", "/pause")).result).toMatchObject({ why: "stranger" });
  });
});

describe("more than twenty commands within an hour", () => {
  const many = (login: string): readonly LedgerEvent[] => [
    ...open(),
    ...Array.from(
      { length: 20 },
      (_, index): LedgerEvent => ({
        key: `comment:${index + 1}`,
        at: hoursAgo(0.9),
        event: "answered",
        by: login,
        answer: "help",
      }),
    ),
  ];

  it("are ignored", async () => {
    await here.given(many("ana"));
    expect((await here.say("ana", "/rerun b")).result).toMatchObject({ kind: "ignored", why: "rate" });
    expect(here.ours()).toEqual([]);
  });

  it("do not hold up a stop, nor anybody else", async () => {
    await here.given(many("ana"));
    expect((await here.say("ana", "/stop")).result).toMatchObject({ answer: "stop" });
    expect((await here.say("ada", "/status")).result).toMatchObject({ answer: "status" });
  });
});

describe("/stop where the box cannot hear it", () => {
  it("cancels the workflow run whose token has expired, and says so", async () => {
    await here.given(rounds(24));
    await trains("in_progress");
    const dayAgo = new Date(Date.now() - 24 * 3_600_000).toISOString();
    for (const run of here.runs()) Object.assign(run, { createdAt: dayAgo });
    expect((await here.say("ana", "/stop c")).result).toMatchObject({ answer: "stop" });
    expect(here.runs()[0]?.cancelRequested).toBe(true);
    expect(here.ours().map(({ body }) => body)).toContainEqual(
      expect.stringContaining(`workflow run of \`${DISPATCH}\` was cancelled`),
    );
  });

  it("cancels a run that has not begun and of which nothing is wanted any more", async () => {
    await here.given(open());
    await trains("queued");
    await here.say("ana", "/stop");
    expect(here.runs()[0]?.cancelRequested).toBe(true);
  });

  further("leaves a run that has not begun when something of it is still wanted", async () => {
    const twoOut = open().filter(({ event }) => event !== "invalid");
    await here.given(twoOut);
    await trains("queued");
    await here.say("ana", "/stop c");
    expect(here.runs()[0]?.cancelRequested).toBe(false);
  });
});

describe("the status comment", () => {
  beforeEach(async () => {
    await here.given(open());
    await trains("in_progress");
  });
  const statusComments = () =>
    here.comments().filter(({ body }) => body.startsWith("<!-- autoloop:status -->"));

  it("is one that is edited: it shows what was asked for, by whom, and why nothing goes on", async () => {
    await here.say("ana", "/status");
    expect(statusComments()[0]?.body).toMatch(/`0001c-s42` \| running/);
    await here.say("ana", "/stop c");
    await here.say("ada", "/pause");
    const [comment, ...more] = statusComments();
    expect(more).toEqual([]);
    expect(comment?.body).toMatch(/`0001c-s42` \| stopping/);
    expect(comment?.body).toContain("Paused by ada");
    expect(comment?.body).toMatch(/ana: stop 0001c-s42/);
    expect(comment?.body).toContain("Round 0002 waits for its pull request to be merged.");
  });

  it("says that a dispatch waits for a runner", async () => {
    const [run] = here.runs();
    if (run) run.status = "queued";
    await here.say("ana", "/status");
    expect(statusComments()[0]?.body).toContain(`${DISPATCH} waits for a runner`);
    expect(statusComments()[0]?.body).toMatch(/`0001c-s42` \| queued/);
  });

  further("is not written again when it says the same", async () => {
    await here.say("ana", "/status");
    const written = here.github.requests.length;
    await here.say("ana", "/status");
    const after = here.github.requests
      .slice(written)
      .filter(({ path }) => path.includes("/issues/comments/"));
    expect(after.filter(({ method }) => method === "PATCH")).toEqual([]);
  });

  further("is not somebody else's comment that looks like it", async () => {
    const forged = "<!-- autoloop:status -->\n\n## autoloop status\n\nAll is well.";
    await here.write("rea", forged);
    await here.write("ci[bot]", forged);
    await here.say("ana", "/status");
    expect(statusComments().map(({ author }) => author)).toEqual(["rea", "ci[bot]", "github-actions[bot]"]);
    expect(
      statusComments()
        .slice(0, 2)
        .every(({ body }) => body === forged),
    ).toBe(true);
  });

  further("is not a comment of ours that only contains the marker", async () => {
    const { state } = here.github;
    const [now, id] = [new Date().toISOString(), 7];
    const body = "It says:\n<!-- autoloop:status -->";
    state.comments.set(id, {
      id,
      issue: 1,
      body,
      author: "github-actions[bot]",
      createdAt: now,
      updatedAt: now,
    });
    await here.say("ana", "/status");
    expect(state.comments.get(id)?.body).toBe(body);
    expect(statusComments()).toHaveLength(1);
  });

  further("is found behind more than a hundred other comments", async () => {
    const { state } = here.github;
    const now = new Date().toISOString();
    for (let id = 1; id <= 130; id++) {
      state.comments.set(id, { id, issue: 1, body: "hm", author: "rea", createdAt: now, updatedAt: now });
    }
    await here.say("ana", "/status");
    await here.say("ana", "/pause");
    expect(statusComments()).toHaveLength(1);
    expect(statusComments()[0]?.body).toContain("Paused by ana");
  });

  further("is one again after two jobs made one each", async () => {
    const { state } = here.github;
    const now = new Date().toISOString();
    const twin = { issue: 1, body: "<!-- autoloop:status -->\n", author: "github-actions[bot]" };
    for (const id of [1, 2]) state.comments.set(id, { ...twin, id, createdAt: now, updatedAt: now });
    await here.say("ana", "/status");
    expect(statusComments().map(({ id }) => id)).toEqual([1]);
  });

  it("that cannot be written costs the command nothing", async () => {
    here.github.faults.push({ method: "GET", path: /issues\/1\/comments/, status: 403, times: 9 });
    const { exit, result, log } = await here.say("ana", "/pause");
    expect([exit, result?.["answer"]]).toEqual([0, "pause"]);
    expect(log).toContain("status comment is not up to date");
  });
});

describe("autoloop comment", () => {
  it("answers the payload of one event in a terminal, as the job does", async () => {
    await here.given(open());
    const { exit, stdout } = await here.inTerminal(await here.write("ana", "/pause"));
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "autoloop/comment@1",
      kind: "answered",
      answer: "pause",
    });
    expect(await addedTo(open())).toEqual(["paused"]);
  });

  further("without a payload says what it needs", async () => {
    const { exit, stderr } = await here.inTerminal(null);
    expect(exit).toBe(2);
    expect(stderr).toContain("--event");
  });
});
