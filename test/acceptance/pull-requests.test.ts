import { createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Desk, desk, manifestFile, REPORT } from "./desk.ts";
import { further, SHORTENED, THOROUGH } from "./thorough.ts";
import { warmAction } from "./warm-action.ts";

vi.setConfig({ testTimeout: 90_000 });

/** The one repository of this file; every scenario begins at one of its marks. */
let here: Desk;
/** A process for each job where there is time for it. */
const warm = THOROUGH ? null : warmAction();
let seeded: () => Promise<void>;
let proposed: () => Promise<void>;
let approved: () => Promise<void>;
let training: () => Promise<void>;

beforeAll(async () => {
  here = await desk({}, warm ? { runs: warm.run } : {});
  seeded = await here.mark();
  await here.wake();
  proposed = await here.mark();
  await here.people.merge("ana", 1);
  await here.wake({ mode: "propose" });
  approved = await here.mark();
  await here.wake();
  training = await here.mark();
}, 120_000);
afterAll(async () => {
  expect(here.github.unknownRoutes).toEqual([]);
  await here.close();
  warm?.close();
});

const BRANCH = "autoloop/round-0001";
const kinds = async () => (await here.events()).map(({ event }) => event);
const dispatches = () => [...here.github.state.runs.values()].length;
const writes = (from: number) =>
  here.github.requests
    .slice(from)
    .filter(({ method, path }) => method !== "GET" && path.includes("/api/v3/"));

/** The text of a proposed variant with one value replaced. */
async function changed(id: string, from: string | RegExp, to: string): Promise<Record<string, string>> {
  const variant = (await here.manifest("0001")).variants.find((each) => each.id === id);
  if (!variant) throw new Error(`${id} is not proposed.`);
  const before = await here.show(variant.path, BRANCH);
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  return { [variant.path]: after };
}

async function withoutVariant(id: string): Promise<Record<string, string>> {
  const manifest = await here.manifest("0001");
  const variants = manifest.variants.filter((each) => each.id !== id);
  return { [manifestFile("0001")]: `${JSON.stringify({ ...manifest, variants }, null, 2)}\n` };
}

describe("a round is opened", () => {
  beforeEach(() => seeded());

  it("as one labelled pull request of the bot, with a verified commit that names the round and its manifest", async () => {
    await here.wake();
    expect(here.pull(1)).toMatchObject({ author: "github-actions[bot]", headRef: BRANCH });
    expect(here.pull(1).labels).toEqual(["autoloop", "autoloop:seed"]);
    const message = await here.git("log", "-1", "--format=%B", BRANCH);
    expect(message).toMatch(/^Autoloop-Round: 0001$/m);
    expect(message).toMatch(/^Autoloop-Manifest: sha256:[0-9a-f]{64}$/m);
    expect(here.github.state.verified).toContain((await here.git("rev-parse", BRANCH)).trim());
  });

  it("and a second wake-up finds nothing to do and writes nothing", async () => {
    await here.wake();
    const from = here.github.requests.length;
    expect((await here.wake()).result.done).toEqual([]);
    expect(writes(from)).toEqual([]);
  });

  further(
    "as soon as the repository lets Actions create pull requests, and until then that setting is named",
    async () => {
      const message = "GitHub Actions is not permitted to create or approve pull requests.";
      here.github.faults.push({ method: "POST", path: /\/pulls$/, times: 9, status: 403, body: { message } });
      const refused = await here.wake();
      expect(refused.exit).toBe(1);
      expect(refused.log).toContain("Allow GitHub Actions to create and approve pull requests");
      here.github.faults.clear();
      await here.wake();
      expect(here.github.state.pulls.size).toBe(1);
      expect(await kinds()).toEqual(["proposed"]);
    },
  );

  it.each([
    [
      "without checks: write",
      { contents: "write", "pull-requests": "write", issues: "write", actions: "write" },
    ],
    ["with no permission for labels", { contents: "write", "pull-requests": "write", actions: "write" }],
  ] as const)("%s, which is worth a note", async (_name, permissions) => {
    const woken = await here.wake({}, { permissions });
    expect(woken.exit).toBe(0);
    expect(woken.log).toContain("note: ");
    expect(await kinds()).toEqual(["proposed"]);
  });

  further("with a personal token as well, which can write no check", async () => {
    const woken = await here.wake({}, { token: here.github.tokenFor("ana") });
    expect(woken).toMatchObject({ exit: 0 });
    expect(here.pull(1).author).toBe("ana");
    expect(here.github.state.checkRuns.size).toBe(0);
  });

  further("and asks its reviewers, once", async () => {
    await here.set({ notify: { reviewers: ["ben", "lab/robots"] } });
    await here.wake();
    await here.wake();
    const asked = here.github.requests.filter(({ path }) => path.endsWith("/requested_reviewers"));
    expect(asked.map(({ body }) => body)).toEqual([{ reviewers: ["ben"], team_reviewers: ["robots"] }]);
    expect((await kinds()).filter((kind) => kind === "notified")).toHaveLength(1);
  });

  further("although a reviewer cannot be asked", async () => {
    await here.set({ notify: { reviewers: ["nobody"] } });
    const woken = await here.wake();
    expect(woken).toMatchObject({ exit: 0 });
    expect(woken.log).toContain("not a collaborator");
  });

  it("in mode propose without a promise to train, and its merge trains nothing", async () => {
    await here.set({ mode: "propose" });
    await here.wake();
    expect(here.pull(1).body).toContain("nothing is trained until they say mode: train");
    await here.people.merge("ana", 1);
    await here.wake();
    expect(await kinds()).toEqual(["proposed", "approved"]);
    expect(dispatches()).toBe(0);
  });
});

describe.skipIf(!THOROUGH)(`a chat${SHORTENED}`, () => {
  const told: { text: string; url: string }[] = [];
  const chat = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      told.push({
        url: request.url ?? "",
        text: JSON.parse(Buffer.concat(chunks).toString("utf8")).content.text,
      });
      response.end(JSON.stringify({ code: request.url === "/deaf" ? 9499 : 0, msg: "Bad Request" }));
    });
  });
  let address = "";
  beforeAll(async () => {
    await new Promise<void>((listening) => chat.listen(0, "127.0.0.1", listening));
    const port = chat.address();
    address = typeof port === "object" && port ? `http://127.0.0.1:${port.port}` : "";
  });
  afterAll(() => chat.close());
  beforeEach(async () => {
    told.length = 0;
    await seeded();
    await here.set({ notify: { webhook: { kind: "feishu" } } });
  });

  it("is told once that a round opened, in one line with its address", async () => {
    await here.wake({ "webhook-url": `${address}/secret` });
    await here.wake({ "webhook-url": `${address}/secret` });
    expect(told.map(({ text }) => text)).toEqual([
      `autoloop lab/policies: round 0001 is open for review: ${here.github.url}/lab/policies/pull/1`,
    ]);
  });

  it("that does not take it costs a note; the address stays a secret and the round is open", async () => {
    const { exit, log } = await here.wake({}, { env: { AUTOLOOP_WEBHOOK_URL: `${address}/deaf` } });
    expect(exit).toBe(0);
    expect(log).toContain("feishu was not told (9499 Bad Request)");
    expect(log).not.toContain("/deaf");
    expect(await kinds()).toContain("proposed");
  });

  it("hears of two failures in a row, of the end and of a pause", async () => {
    const url = { "webhook-url": address };
    await here.wake(url);
    await here.people.merge("ana", 1);
    await here.wake(url);
    await here.collect({ outcome: "failed", reason: "exit" });
    await here.collect({ outcome: "failed", reason: "exit" });
    await here.append({
      key: "comment:9",
      at: new Date().toISOString(),
      event: "paused",
      by: "<at id=all>",
      reason: null,
    });
    await here.wake(url);
    const said = told.map(({ text }) => text).join("\n");
    expect(said).toContain("0001a-s42 failed 2 times in a row (exit)");
    expect(said).toContain("round 0001 has ended, 0 of 2 trials finished");
    expect(said).toContain("paused by ‹at id=all›");
  });
});

describe("a merge is the approval", () => {
  beforeEach(() => proposed());

  it.each([
    ["a merge commit by a writer", "ana", "merge"],
    ["a squash by a writer", "ana", "squash"],
    ["a rebase by a writer", "ana", "rebase"],
    ["a merge commit by an admin", "ben", "merge"],
    ["a squash by an admin", "ben", "squash"],
    ["a rebase by an admin", "ben", "rebase"],
  ] as const)("%s", async (_name, login, method) => {
    await here.people.merge(login, 1, method);
    await here.wake();
    const [event] = await here.eventsNamed("approved");
    expect(event).toMatchObject({ by: login, pull: 1, merge: (await here.git("rev-parse", "main")).trim() });
    expect(dispatches()).toBe(1);
  });

  further("also by pushing the branch to main", async () => {
    const sha = (await here.git("rev-parse", BRANCH)).trim();
    await here.request(here.github.tokenFor("ana"), "PATCH", "/git/refs/heads/main", { sha });
    await here.wake();
    expect(await here.eventsNamed("approved")).toMatchObject([{ by: "ana", merge: sha }]);
  });

  it.each<[string, () => Promise<void> | void, string, RegExp]>([
    [
      "by a workflow's token",
      async () => {
        const token = here.github.issueWorkflowToken({ contents: "write", "pull-requests": "write" });
        await here.request(token, "PUT", "/pulls/1/merge", {});
      },
      "merger-is-a-program",
      /a program merged it/,
    ],
    ["by a reader, as auto-merge can", () => mergedBy("rea"), "merger-without-write", /no write permission/],
    [
      "by somebody who left the repository",
      () => mergedBy("eve"),
      "merger-without-write",
      /no write permission/,
    ],
    [
      "by somebody whose account is gone",
      () => mergedBy("ghost-of-ana"),
      "merger-unknown",
      /does not say who/,
    ],
    [
      "into another branch",
      async () => {
        const sha = (await here.git("rev-parse", "main")).trim();
        await here.request(here.github.tokenFor("ana"), "POST", "/git/refs", { ref: "refs/heads/dev", sha });
        await here.request(here.github.tokenFor("ana"), "PATCH", "/pulls/1", { base: "dev" });
        await here.people.merge("ana", 1);
      },
      "wrong-base",
      /default branch/,
    ],
    [
      "that was undone before anybody looked",
      async () => {
        await here.people.merge("ana", 1);
        await here.push("ana", "main", { [manifestFile("0001")]: null });
      },
      "reverted",
      /undone before anything was launched/,
    ],
    [
      "of a manifest that a reviewer made unreadable",
      async () => {
        await here.push("ana", BRANCH, { [manifestFile("0001")]: "{}\n" });
        await here.people.merge("ana", 1);
      },
      "manifest-invalid",
      /cannot be read/,
    ],
    [
      "of configurations that the trainer would refuse",
      async () => {
        const broken = { ...(await changed("0001a", /"batch_size": \d+/, '"batch_size": "x"')) };
        await here.push("ana", BRANCH, { ...broken, ...(await changed("0001b", /\{/, "")) });
        await here.people.merge("ana", 1);
      },
      "nothing-left",
      /no variant that the trainer would accept/,
    ],
  ])("but not %s: nothing runs, and a sentence says why", async (_name, act, reason, sentence) => {
    await act();
    await here.wake();
    expect(await here.eventsNamed("refused")).toMatchObject([{ round: "0001", reason }]);
    expect(dispatches()).toBe(0);
    expect(here.comments(1).join()).toMatch(sentence);
    await here.wake();
    expect(here.comments(1).filter((body) => sentence.test(body))).toHaveLength(1);
  });

  async function mergedBy(login: string): Promise<void> {
    await here.people.merge("ana", 1);
    here.pull(1).mergedBy = login;
  }

  it("of exactly the bytes that were merged, a reviewer's last-minute edit among them", async () => {
    await here.push("ana", BRANCH, await changed("0001a", /"reg": [\d.]+/, '"reg": 0.3'));
    await here.people.merge("ana", 1, "squash");
    await here.wake();
    const [event] = await here.eventsNamed("approved");
    const { path } = (await here.manifest("0001", "main")).variants[0] ?? { path: "" };
    expect(event?.edited).toEqual(["0001a"]);
    expect(event?.configs["0001a"]?.blob).toBe((await here.git("rev-parse", `main:${path}`)).trim());
  });

  further("of a pull request that was closed first and opened again", async () => {
    await here.people.close("ana", 1);
    await here.wake();
    await here.request(here.github.tokenFor("ana"), "PATCH", "/pulls/1", { state: "open" });
    await here.people.merge("ana", 1);
    await here.wake();
    expect(await kinds()).toEqual(["proposed", "rejected", "approved", "dispatched"]);
  });

  further("not a manifest that came to main while the pull request is open", async () => {
    await here.push("ana", "main", { [manifestFile("0001")]: await here.show(manifestFile("0001"), BRANCH) });
    await here.wake();
    expect((await kinds()).filter((kind) => kind !== "refreshed")).toEqual(["proposed"]);
    expect(dispatches()).toBe(0);
  });

  it.each([
    [
      "pushed straight to main",
      async (files: Record<string, string>) => void (await here.push("ana", "main", files)),
    ],
    [
      "merged from some other branch",
      async (files: Record<string, string>) => {
        const token = here.github.tokenFor("ana");
        const sha = (await here.git("rev-parse", "main")).trim();
        await here.request(token, "POST", "/git/refs", { ref: "refs/heads/feature", sha });
        await here.push("ana", "feature", files);
        await here.request(token, "POST", "/pulls", { title: "x", head: "feature", base: "main" });
        await here.people.merge("ana", 2);
      },
    ],
    [
      "merged from a fork's branch of the right name",
      async (files: Record<string, string>) => {
        const sha = (await here.git("rev-parse", "main")).trim();
        await here.request(here.github.tokenFor("ben"), "POST", "/git/refs", { ref: "refs/heads/tmp", sha });
        const head = await here.push("ben", "tmp", files);
        await here.github.openForkPull({
          login: "eve",
          branch: "autoloop/round-0009",
          sha: head,
          title: "x",
        });
        await here.people.merge("ana", 2);
      },
    ],
  ])("not a manifest of a round that nobody proposed, %s", async (_name, bring) => {
    const text = (await here.show(manifestFile("0001"), BRANCH)).replaceAll("0001", "0009");
    await bring({ [manifestFile("0009")]: text });
    await here.wake();
    expect(await here.eventsNamed("refused")).toMatchObject([{ round: "0009", reason: "no-pull-request" }]);
    expect(dispatches()).toBe(0);
  });

  it("of two rounds within the same second: each is approved, and no trial is claimed twice", async () => {
    const text = (await here.show(manifestFile("0001"), BRANCH))
      .replaceAll("0001", "0002")
      .replaceAll("[\n        42", "[\n        43");
    const token = here.github.tokenFor("ana");
    const sha = (await here.git("rev-parse", "main")).trim();
    await here.request(token, "POST", "/git/refs", { ref: "refs/heads/autoloop/round-0002", sha });
    await here.push("ana", "autoloop/round-0002", { [manifestFile("0002")]: text });
    await here.request(token, "POST", "/pulls", { title: "x", head: "autoloop/round-0002", base: "main" });
    await Promise.all([
      here.people.merge("ana", 1).catch(() => here.people.merge("ana", 1)),
      here.people.merge("ben", 2).catch(() => here.people.merge("ben", 2)),
    ]);
    await Promise.all([here.wake(), here.wake()]);
    await here.wake();
    expect((await here.eventsNamed("approved")).map(({ round }) => round).sort()).toEqual(["0001", "0002"]);
    const claimed = (await here.eventsNamed("dispatched")).flatMap(({ trials }) =>
      trials.map(({ id }) => id),
    );
    expect(claimed.sort()).toEqual(["0001a-s42", "0001b-s42", "0002a-s43", "0002b-s43"]);
    expect(dispatches()).toBe(2);
  });
});

describe("after the approval", () => {
  beforeEach(() => approved());

  it("a change on main changes nothing: the merged bytes are claimed", async () => {
    const [before] = await here.eventsNamed("approved");
    const { path } = (await here.manifest("0001", "main")).variants[0] ?? { path: "" };
    const text = await here.show(path);
    await here.push("ana", "main", { [path]: text.replace(/"reg": [\d.]+/, '"reg": 4') });
    await here.wake();
    expect(await here.eventsNamed("approved")).toEqual([before]);
    expect(dispatches()).toBe(1);
  });

  it("a revert keeps what has not begun from beginning, and undoing it lets it begin", async () => {
    const manifest = await here.show(manifestFile("0001"));
    await here.push("ana", "main", { [manifestFile("0001")]: null });
    await here.wake();
    expect(dispatches()).toBe(0);
    await here.push("ana", "main", { [manifestFile("0001")]: manifest });
    await here.wake();
    expect(dispatches()).toBe(1);
  });

  further("a push to the round's branch is nobody's business any more", async () => {
    await here.push("ana", BRANCH, await changed("0001a", /"reg": [\d.]+/, '"reg": 9'));
    await here.wake();
    expect(await kinds()).toEqual(["proposed", "approved", "dispatched"]);
  });
});

describe("a person pushes to the round's branch", () => {
  beforeEach(() => proposed());
  const head = async () => (await here.git("rev-parse", BRANCH)).trim();

  it("an edit: kept, noted, and shown with its difference", async () => {
    const commit = await here.push("ana", BRANCH, await changed("0001a", /"reg": [\d.]+/, '"reg": 0.3'));
    await here.wake();
    expect(await here.eventsNamed("edited")).toMatchObject([
      { by: "ana", commit, variants: ["0001a"], removed: [] },
    ]);
    expect(here.pull(1).body).toContain("Edited by reviewer `ana`");
    expect(here.pull(1).body).toMatch(/^\+ ot\.loss_config\.reg: 0\.3$/m);
    expect(await head()).toBe(commit);
    expect((await here.wake()).result.done).toEqual([]);
  });

  further("two edits one after the other: both are shown", async () => {
    await here.push("ana", BRANCH, await changed("0001a", /"reg": [\d.]+/, '"reg": 0.3'));
    await here.wake();
    await here.push("ben", BRANCH, await changed("0001b", /"reg": [\d.]+/, '"reg": 0.7'));
    await here.wake();
    expect(await here.eventsNamed("edited")).toMatchObject([
      { by: "ana" },
      { by: "ben", variants: ["0001a", "0001b"] },
    ]);
    expect(here.pull(1).body?.match(/^\+ ot\.loss_config\.reg: /gm)).toHaveLength(2);
  });

  further("a new layout of a file: an edit of no value", async () => {
    const [path = "", text = ""] = Object.entries(await changed("0001a", /\n$/, "\n\n"))[0] ?? [];
    await here.push("ana", BRANCH, { [path]: text });
    await here.wake();
    expect(here.pull(1).body).toContain("only the layout of the file");
  });

  it("an entry taken out of the manifest: gone from the description, and from the training", async () => {
    await here.push("ana", BRANCH, await withoutVariant("0001b"));
    await here.wake();
    expect(await here.eventsNamed("edited")).toMatchObject([{ variants: [], removed: ["0001b"] }]);
    expect(here.pull(1)).toMatchObject({ title: "autoloop round 0001: 1 variant" });
    expect(here.pull(1).body).not.toContain("0001b");
    await here.people.merge("ana", 1);
    await here.wake();
    expect(await here.eventsNamed("dispatched")).toMatchObject([{ trials: [{ id: "0001a-s42" }] }]);
  });

  it.each([
    ["a value that the trainer refuses", /"batch_size": \d+/, '"batch_size": 12.5', /batch_size/],
    ["a file that is no JSON", /\{/, "", /0001a/],
    ["another policy", /"type": "act"/, '"type": "diffusion"', /ACT policies with OT only/],
  ])("%s: one comment with the exact reason, however often it looks", async (_name, from, to, reason) => {
    await here.push("ana", BRANCH, await changed("0001a", from, to));
    await here.wake();
    await here.wake();
    expect(here.comments(1)).toHaveLength(1);
    expect(here.comments(1)[0]).toMatch(reason);
    const path = `/commits/${await head()}/check-runs`;
    expect(await here.request(here.github.tokenFor("ana"), "GET", path)).toMatchObject({
      check_runs: [{ conclusion: "neutral", output: { annotations_count: 1 } }],
    });
    expect(here.pull(1).state).toBe("open");
  });

  it.each([
    ["deleted", null, /does not contain the manifest/],
    ["made unreadable", "no JSON", /cannot be read/],
    ["turned into another round's", "0002", /cannot be read/],
  ])("a manifest %s: one comment says that nothing would launch", async (_name, text, reason) => {
    const other = (await here.show(manifestFile("0001"), BRANCH)).replaceAll("0001", "0002");
    await here.push("ana", BRANCH, { [manifestFile("0001")]: text === "0002" ? other : text });
    await here.wake();
    await here.wake();
    expect(here.comments(1)).toHaveLength(1);
    expect(here.comments(1)[0]).toMatch(reason);
  });

  further("a repaired file: the description follows", async () => {
    const [path = "", text = ""] =
      Object.entries(await changed("0001a", /"batch_size": \d+/, '"batch_size": 12.5'))[0] ?? [];
    await here.push("ana", BRANCH, { [path]: text });
    await here.wake();
    await here.push("ana", BRANCH, { [path]: text.replace("12.5", "16") });
    await here.wake();
    expect(here.comments(1)).toHaveLength(1);
    expect(here.pull(1).body).toMatch(/^\+ batch_size: 16$/m);
  });

  it("a hostile file name and value: nothing of it acts in the description", async () => {
    const hostile = '"job_name": "@ana closes #1 <!-- autoloop:proposal --> `x` | y"';
    await here.push("ana", BRANCH, await changed("0001a", /\{/, `{ ${hostile},`));
    await here.wake();
    const outside = (here.pull(1).body ?? "").replace(/^```diff\n[\s\S]*?\n```$/gm, "");
    expect(outside).not.toContain("@ana");
    expect((here.pull(1).body ?? "").split("<!--")).toHaveLength(2);
  });

  it("and the edit stands in the report of the round", async () => {
    await here.push("ana", BRANCH, await changed("0001a", /"reg": [\d.]+/, '"reg": 0.3'));
    await here.wake();
    await here.people.merge("ana", 1);
    await here.wake();
    await here.collect();
    const report = await here.show(REPORT);
    expect(report).toContain("Edited by reviewer before the merge:");
    expect(report).toMatch(/`ot\.loss_config\.reg`: `[\d.]+` → `0\.3`/);
  });
});

describe.skipIf(!THOROUGH)(`the default branch moves under an open round${SHORTENED}`, () => {
  beforeEach(() => proposed());
  const isForward = async (from: string) =>
    await here.git("merge-base", "--is-ancestor", from, BRANCH).then(
      () => true,
      () => false,
    );
  const mergeable = async () =>
    ((await here.request(here.github.tokenFor("ana"), "GET", "/pulls/1")) as { mergeable?: boolean })
      .mergeable;

  it("by a file that has nothing to do with it: the branch stays as it is", async () => {
    const before = await here.git("rev-parse", BRANCH);
    await here.push("ana", "main", { "README.md": "# Other\n" });
    await here.wake();
    expect(await here.git("rev-parse", BRANCH)).toBe(before);
    expect((await here.wake()).result.done).toEqual([]);
  });

  it("twice: what is newer on it than the branch is not taken for a person's push", async () => {
    await here.push("ana", "main", { "README.md": "# Other\n" });
    await here.wake();
    await here.push("ana", "main", { [REPORT]: "# ACT+OT experiment report\n" });
    await here.wake();
    expect(await isForward("main")).toBe(true);
    expect(await here.show("README.md", BRANCH)).toBe("# Other\n");
  });

  it("where a reviewer changed a workflow: the branch is left to them, with a sentence, once", async () => {
    const workflow = { ".github/workflows/other.yml": "on: push\n" };
    const theirs = await here.push("ana", BRANCH, workflow);
    await here.push("ana", "main", { [REPORT]: "# ACT+OT experiment report\n" });
    expect((await here.wake()).exit).toBe(0);
    expect((await here.git("rev-parse", BRANCH)).trim()).toBe(theirs);
    expect(here.comments(1).join()).toContain(".github/workflows/other.yml");
    await here.push("ana", "main", { [REPORT]: "# ACT+OT experiment report\n\nMore.\n" });
    expect((await here.wake()).exit).toBe(0);
    expect(here.comments(1)).toHaveLength(1);
    // On the default branch it is theirs as well, and nobody's change any more.
    await here.push("ana", "main", workflow);
    await here.wake();
    expect(await isForward("main")).toBe(true);
    expect(await isForward(theirs)).toBe(true);
  });

  it("by a report: the round is laid on top of it, forward only, and a person's edit stays", async () => {
    const edited = await changed("0001a", /"reg": [\d.]+/, '"reg": 0.3');
    const theirs = await here.push("ana", BRANCH, { ...edited, "notes.md": "mine\n" });
    await here.push("ana", "main", { [REPORT]: "# ACT+OT experiment report\n" });
    await here.wake();
    expect(await isForward(theirs)).toBe(true);
    expect(await isForward("main")).toBe(true);
    expect(await here.show(REPORT, BRANCH)).toContain("experiment report");
    expect(await here.show("notes.md", BRANCH)).toBe("mine\n");
    expect(here.pull(1).body).toMatch(/^\+ ot\.loss_config\.reg: 0\.3$/m);
    expect((await here.wake()).result.done).toEqual([]);
  });

  it("by another version of a template: the round follows it, and its manifest names it", async () => {
    const [path = "", text = ""] =
      Object.entries(await changed("0001a", /"reg": [\d.]+/, '"reg": 0.3'))[0] ?? [];
    await here.push("ana", "main", { [path]: text });
    await here.wake();
    expect(await here.show(path, BRANCH)).toBe(text);
    await here.people.merge("ana", 1);
    await here.wake();
    expect(await here.eventsNamed("approved")).toMatchObject([{ edited: [] }]);
  });

  it("twice, and a person updated the branch in between: it follows the newer version", async () => {
    const [path = "", text = ""] =
      Object.entries(await changed("0001a", /"reg": [\d.]+/, '"reg": 0.3'))[0] ?? [];
    await here.push("ana", "main", { [path]: text });
    const parents = (await here.git("rev-parse", BRANCH, "main")).trim().split("\n");
    const tree = (await here.git("merge-tree", "--write-tree", ...parents)).trim();
    const token = here.github.tokenFor("ana");
    const made = await here.request(token, "POST", "/git/commits", { message: "Merge main", tree, parents });
    await here.request(token, "PATCH", `/git/refs/heads/${BRANCH}`, { sha: made["sha"] });
    await here.wake();
    const newer = text.replace('"reg": 0.3', '"reg": 0.9');
    await here.push("ana", "main", { [path]: newer });
    await here.wake();
    expect(await here.show(path, BRANCH)).toBe(newer);
    expect(await isForward("main")).toBe(true);
    expect(await mergeable()).toBe(true);
    expect((await here.wake()).result.done).toEqual([]);
  });

  it("by a template that is gone: the variant leaves the round", async () => {
    const { path } = (await here.manifest("0001")).variants[1] ?? { path: "" };
    await here.push("ana", "main", { [path]: null });
    await here.wake();
    expect((await here.manifest("0001")).variants.map(({ id }) => id)).toEqual(["0001a"]);
    expect(here.pull(1).title).toBe("autoloop round 0001: 1 variant");
  });

  it("into a conflict with a reviewer's edit: the edit stays, and the pull request merges again", async () => {
    const [path = "", text = ""] =
      Object.entries(await changed("0001a", /"reg": [\d.]+/, '"reg": 0.3'))[0] ?? [];
    const theirs = await here.push("ana", BRANCH, { [path]: text });
    await here.push("ben", "main", { [path]: text.replace('"reg": 0.3', '"reg": 0.9') });
    expect(await mergeable()).toBe(false);
    await here.wake();
    expect(await isForward(theirs)).toBe(true);
    expect(await mergeable()).toBe(true);
    expect(await here.show(path, BRANCH)).toBe(text);
  });
});

describe("somebody says no", () => {
  beforeEach(() => proposed());
  const skip = async (...ids: readonly string[]) => {
    const [event] = await here.eventsNamed("proposed");
    const variants = (event?.variants ?? []).filter(({ id }) => ids.includes(id));
    await here.append({
      key: `comment:${ids.join()}`,
      at: new Date().toISOString(),
      event: "skipped",
      round: "0001",
      by: "ana",
      variants,
    });
  };

  it("to a variant: it leaves the branch by a further commit, and the description", async () => {
    const before = (await here.git("rev-parse", BRANCH)).trim();
    await skip("0001b");
    await here.wake();
    expect((await here.manifest("0001")).variants.map(({ id }) => id)).toEqual(["0001a"]);
    expect(await here.git("log", "--format=%H", BRANCH)).toContain(before);
    expect(here.pull(1).body).not.toContain("0001b");
    expect(await here.eventsNamed("edited")).toEqual([]);
    expect((await here.wake()).result.done).toEqual([]);
  });

  it("to every variant: the pull request is closed, and nothing is proposed until somebody asks", async () => {
    await skip("0001a", "0001b");
    await here.wake();
    await here.wake();
    expect(here.pull(1).state).toBe("closed");
    expect(await kinds()).toContain("rejected");
    expect(here.github.state.pulls.size).toBe(1);
  });

  it.each([
    ["by closing the pull request", () => here.people.close("ana", 1)],
    [
      "by deleting its branch",
      () => here.request(here.github.tokenFor("ana"), "DELETE", `/git/refs/heads/${BRANCH}`),
    ],
  ])("%s: rejected, and nothing unchanged is proposed again when somebody asks", async (_name, refuse) => {
    await refuse();
    await here.wake();
    expect(await kinds()).toEqual(["proposed", "rejected"]);
    const at = new Date().toISOString();
    await here.append({ key: "comment:5", at, event: "propose-requested", by: "ana" });
    expect((await here.wake()).result.done.join()).toMatch(
      /propose: (nothing-to-gain|no-results|no-templates)/,
    );
    expect(here.github.state.pulls.size).toBe(1);
  });
});

describe.skipIf(!THOROUGH)(`a default branch that takes no commits${SHORTENED}`, () => {
  beforeEach(() => training());
  const protect = (status: number, message: string) =>
    here.github.faults.push({
      method: "PATCH",
      path: /git\/refs\/heads(%2F|\/)main$/,
      times: 99,
      status,
      body: { message },
    });

  it.each([
    [422, "Repository rule violations found\n\nChanges must be made through a pull request."],
    [403, "Protected branch update failed for refs/heads/main."],
    [409, "Repository rule violations found"],
  ])(
    "is found out (%i): the section waits in a pull request of the report, and that is said",
    async (status, message) => {
      protect(status, message);
      const { exit, log } = await here.collect();
      expect(exit).toBe(0);
      expect(log).toContain("Set `report.via: pull-request`");
      expect(here.pull(2)).toMatchObject({ headRef: "autoloop/report", title: "autoloop report" });
      expect(await kinds()).toContain("reported");
      here.github.faults.clear();
      await here.people.merge("ana", 2, "squash");
      expect(await here.show(REPORT)).toContain("autoloop:round 0001");
      const from = here.github.state.pulls.size;
      await here.wake();
      expect(here.github.state.pulls.size).toBe(from);
    },
  );

  it("is not tried where the settings say so", async () => {
    await here.set({ report: { via: "pull-request" } });
    const from = here.github.requests.length;
    await here.collect();
    const tried = here.github.requests
      .slice(from)
      .filter(({ method, path }) => method === "PATCH" && /heads(%2F|\/)main$/.test(path));
    expect(tried).toEqual([]);
    expect(here.pull(2).headRef).toBe("autoloop/report");
  });
});
