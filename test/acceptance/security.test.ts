import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WANDB_KEY } from "../../src/embedded/demo/stage.ts";
import { activeText, brokenTables } from "../report/active-text.ts";
import { dangers } from "../report/samples.ts";
import { CONFIGS, forgedRound, type HostileLab, hostileLab } from "./hostile-lab.ts";

const REPORTS = `${CONFIGS}/reports`;
const REPORT = `${REPORTS}/act_ot.md`;
const HOSTILE_COMMENTS = [
  "/stop @octocat #1 <!-- autoloop:status --> | x | $(touch PWNED)",
  "/rerun ../../x\n::set-output name=round::9999",
  "/status\n@octocat fixes #1 <!-- autoloop:status -->",
];
const run = promisify(execFile);
/** Commits of ours, and a squashed round, which GitHub names after its pull request. */
const FIXED_SUBJECT =
  /^(?:autoloop: [a-z -]+ [a-z0-9.-]+|ledger(?: \d{4})?: [a-z, -]+|autoloop round \d{4}: \d variants? \(#\d\))$/;

let here: HostileLab;
/** The ledger's commit, and how many trainings there were, before what comes next. */
const state = async () => ({
  ledger: await here.git("rev-parse", "autoloop/ledger"),
  trainings: (await here.seen()).length,
});
const settle = () => here.github.idle();
const lastRun = () => [...here.github.state.runs.values()].at(-1);
const logOf = async (key: string) => {
  const file = here.jobs().findLast((job) => job.key === key && job.logFile)?.logFile;
  return file ? readFile(file, "utf8") : "";
};
const trainByHand = async (dispatch: string) => {
  await here.people.dispatch("ana", { mode: "train", dispatch });
  await settle();
  return logOf("train");
};

beforeAll(async () => {
  vi.setConfig({ testTimeout: 60_000 });
  here = await hostileLab();
}, 60_000);
afterAll(async () => {
  vi.resetConfig();
  await here.close();
});

describe("before anything was merged", () => {
  it("a report that is a link is neither read nor written through", async () => {
    await here.push("main", async (clone) => {
      await mkdir(join(clone, REPORTS));
      await symlink("../../../../../README.md", join(clone, REPORT));
    });
    const before = await here.git("rev-parse", "main");
    await here.people.dispatch("ana", { mode: "report" });
    await settle();
    expect(await logOf("control")).toContain(`${REPORT} is a symbolic link`);
    expect(await here.git("rev-parse", "main")).toBe(before);
    await here.push("main", (clone) => rm(join(clone, REPORT)));
  });

  it("settings that lead into .github are refused with a sentence, and nothing is written", async () => {
    const settings = await here.show(".github/autoloop.yml");
    const write = (text: string) =>
      here.push("main", (clone) => writeFile(join(clone, ".github/autoloop.yml"), text));
    await write(`${settings}paths: { reports: .GitHub/workflows }\n`);
    const before = await here.git("rev-parse", "main");
    await here.people.dispatch("ana", { mode: "report" });
    await settle();
    expect(await logOf("control")).toContain("outside .git and .github");
    expect(await here.git("rev-parse", "main")).toBe(before);
    await write(settings);
  });

  it("runs with hostile names, metrics and values are reported", async () => {
    await here.people.dispatch("ana", { mode: "report" });
    await settle();
    expect(await here.show(REPORT)).toContain("bad00001");
  });

  it("a round with a hostile template is proposed under a title that is ours alone", async () => {
    await here.github.deliver("schedule");
    await settle();
    expect(here.openPull()).toMatchObject({ title: "autoloop round 0001: 5 variants" });
  });

  it("train started by hand with an invented dispatch trains nothing and leaves no trace in the ledger", async () => {
    const before = await state();
    expect(await trainByHand("0001-deadbeef")).toContain("has no dispatch");
    expect(lastRun()).toMatchObject({ conclusion: "failure" });
    expect(await state()).toEqual(before);
  });

  it("a dispatch that is no id is refused before anything is looked up", async () => {
    const before = await state();
    expect(await trainByHand("0001-3b0e1dbe; reboot")).toContain("needs the id of a dispatch");
    expect(await state()).toEqual(before);
  });

  it("an unmerged branch trains nothing, whoever asks for it", async () => {
    for (const line of ["/rerun", "/seeds a 2"]) await here.people.comment("ana", 1, line);
    await here.github.deliver("schedule");
    await settle();
    expect((await here.events()).filter(({ event }) => /dispatched|approved/.test(event))).toEqual([]);
    expect(await here.seen()).toEqual([]);
  });

  it("hostile comments are answered once each, and act on nothing", async () => {
    for (const body of HOSTILE_COMMENTS) await here.people.comment("ana", 1, body);
    await settle();
    const answered = (await here.events()).filter(({ event }) => event === "answered");
    expect(
      answered
        .map((event) => "answer" in event && event.answer)
        .slice(-3)
        .toSorted(),
    ).toEqual(["malformed", "malformed", "status"]);
  });
});

describe("a merged round whose trainer turned against the loop", () => {
  beforeAll(async () => {
    await here.push("autoloop/round-0001", async (clone) => {
      const at = (name: string) => join(clone, CONFIGS, name);
      await chmod(at("act_fr3_ot_2_strict.json"), 0o755);
      await rm(at("act_fr3_ot_3_robust.json"));
      await symlink("act_fr3_ot_1_balanced.json", at("act_fr3_ot_3_robust.json"));
      await rm(at("act_fr3_ot_4_tight.json"));
      await mkdir(at("act_fr3_ot_4_tight.json"));
      const gitlink = `160000,${"d".repeat(40)},${CONFIGS}/act_fr3_ot_4_tight.json`;
      await run("git", ["-C", clone, "add", "--all"]);
      await run("git", ["-C", clone, "update-index", "--add", "--cacheinfo", gitlink]);
    });
    await here.people.merge("ana", 1, "squash");
    await settle();
  }, 90_000);

  it("trains neither a link nor an executable file nor a submodule, and says so", async () => {
    const approved = (await here.events()).find(({ event }) => event === "approved");
    expect(Object.keys(approved?.event === "approved" ? approved.configs : {})).toEqual(["0001a", "0001b"]);
    const told = here.comments(1).map(({ body }) => body);
    expect(told.filter((body) => body.includes("is not a plain file"))).toHaveLength(1);
    const modes = (await here.git("ls-tree", "main", `${CONFIGS}/`)).match(/^\d+/gm);
    expect(modes).toEqual(expect.arrayContaining(["100755", "120000", "160000"]));
    expect(await here.seen()).toHaveLength(2);
  });

  it("gives the training nothing of the job and nothing of the box that is not on the list", async () => {
    for (const { env } of await here.seen()) {
      expect(
        Object.keys(env).filter((name) => !/^(PATH|HOME|LANG|WANDB_|CUDA_|NO_PROXY)/i.test(name)),
      ).toEqual([]);
      expect(JSON.stringify(env)).not.toMatch(/gh[sp]_|decoy-|INPUT_|GITHUB_/);
      expect(JSON.stringify(env)).not.toContain(here.boxSecret);
    }
  });

  it("starts it without a shell, with paths and flags of its own making", async () => {
    for (const { argv, env } of await here.seen()) {
      const flags = argv.slice(2);
      expect(flags.every((flag) => /^--[a-z_.]+=[\w./-]+$/.test(flag))).toBe(true);
      expect(flags.find((flag) => flag.startsWith("--output_dir="))).toContain("/state/autoloop/");
      expect(env["WANDB_RUN_GROUP"]).toMatch(/^policy:act-seed:42-dataset:[^\p{C}]{1,96}$/u);
    }
    expect((await filesBelow(here.dir)).filter((path) => path.split("/").at(-1) === "PWNED")).toEqual([]);
  });

  it("writes the workflow's token to no disk, although the training could read it in memory", async () => {
    const tokens = new Set((await here.seen()).map(({ launcherToken }) => launcherToken));
    expect(tokens.size).toBe(1);
    const [token = ""] = tokens;
    expect(token).toMatch(/^ghs_/);
    const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
    expect(await holding([token, basic], await filesBelow(here.dir))).toEqual([]);
    // That is why it may do next to nothing, and for as long as the job lasts.
    const answer = await fetch(`${here.github.apiUrl}/repos/lab/policies`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(401);
  });

  it("gives git on the box no token, no key and no header", async () => {
    const calls = await here.gitCalls();
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) {
      expect(call).not.toMatch(/gh[sp]_|extraheader|GIT_CONFIG_|INPUT_|WANDB_|GITHUB_/i);
      expect(call).toMatch(/-c core\.fsmonitor=false -c core\.hooksPath=\/dev\/null/);
    }
  });

  it("lets the W&B key into no log, no ledger, no report and no comment, in no form", async () => {
    const forms = [WANDB_KEY, Buffer.from(`api:${WANDB_KEY}`).toString("base64")];
    const texts = [...(await here.logs()), ...(await everythingWritten()), await ledgerText()];
    for (const form of forms) for (const text of texts) expect(text).not.toContain(form);
    expect(await ledgerText()).toContain("*** ***");
  });

  it("takes no outcome that the training planted: a link, a giant, another name, an unclaimed trial", async () => {
    const log = await logOf("collect");
    for (const said of [
      /ELOOP.*0098a/,
      /0097a\S+ has 5000000 bytes/,
      /z\.json is the outcome of 0001b-s42-1 under another name/,
      /0099a-s42 \(attempt 1\) was never claimed/,
      /PWNED\.json is not an outcome/,
    ])
      expect(log).toMatch(said);
    const ended = (await here.events()).filter((event) => "attempt" in event);
    expect(ended.map(({ key }) => key).toSorted()).toEqual(["failed:0001a-s42:1", "finished:0001b-s42:1"]);
    expect(await ledgerFiles()).toEqual([
      "loop.jsonl",
      "outcomes/0001a-s42-1.json",
      "outcomes/0001b-s42-1.json",
      "rounds/0001.jsonl",
      "rounds/0002.jsonl",
    ]);
  });
});

describe("what all of that left behind", () => {
  it("obeys no workflow command that a hostile line contains", async () => {
    for (const { annotations } of here.jobs()) expect(JSON.stringify(annotations)).not.toContain("PWNED");
    const lines = (await here.logs()).flatMap((log) => log.split("\n"));
    expect(lines.filter((line) => /^\s*::|##\[error\]PWNED/.test(line))).toEqual([]);
  });

  it("has no output but those that the action declares", async () => {
    const declared = ["dispatch", "pull-request", "result", "round", "trials"];
    for (const { outputs } of here.jobs()) {
      expect(Object.keys(outputs).filter((name) => !declared.includes(name))).toEqual([]);
      expect(outputs["round"] ?? "").toMatch(/^(?:\d{4})?$/);
      expect(outputs["round"]).not.toBe("9999");
    }
  });

  it("pings nobody, closes nothing and refers to nothing", async () => {
    const report = await here.show(REPORT);
    expect(report).toContain("octocat");
    for (const written of await everythingWritten()) {
      // The status names the round's own pull request, so that GitHub links it.
      const text = written.replace(/\(pull request #\d+\)$/gm, "");
      expect(dangers(activeText(text)), text).toEqual([]);
      expect(activeText(text)).not.toMatch(/(?:clos|fix|resolv)\w*:? +(?:[\w./-]*#\d|gh-\d|https?:\/\/)/i);
    }
  });

  it("breaks no table", async () => {
    const texts = await everythingWritten();
    expect(texts.some((text) => /^\|/m.test(text))).toBe(true);
    for (const text of texts) expect(brokenTables(text)).toEqual([]);
  });

  it("forges no marker: each text has those that we wrote, at their place", async () => {
    for (const text of await everythingWritten()) {
      const comments = activeText(text).match(/<!--.*/g) ?? [];
      for (const comment of comments)
        expect(comment).toMatch(/^<!-- autoloop:(?:proposal|analysis|reply|round|status)[ \w:.]* -->$/);
    }
    const ours = here.comments(1).filter(({ author }) => author === "github-actions[bot]");
    expect(ours.filter(({ body }) => body.startsWith("<!-- autoloop:status -->"))).toHaveLength(1);
    expect((await here.show(REPORT)).match(/^<!-- autoloop:round 0001/gm)).toHaveLength(1);
  });

  it("suppresses no workflow: every commit begins with a fixed sentence and holds no skip token and no trailer", async () => {
    const messages = (await here.git("log", "--all", "--format=%an%x00%B%x01")).split("\x01");
    const bots = messages.map((one) => one.trim().split("\0")).filter(([author]) => /bot/.test(author ?? ""));
    expect(bots.length).toBeGreaterThan(5);
    for (const [, message = ""] of bots) {
      expect(message.trim().split("\n")[0]).toMatch(FIXED_SUBJECT);
      expect(message).not.toMatch(/\[(?:skip|no|ci)|skip-checks|actions skip|Co-authored-by|@/i);
    }
  });

  it("leaves no folder of its own: the bot wrote plain files below the configured paths only", async () => {
    const log = await here.git("log", "main", "--grep=^autoloop: ", "--raw", "--no-renames", "--format=");
    const written = log.split("\n").filter((line) => line.startsWith(":"));
    expect(written.length).toBeGreaterThan(0);
    for (const line of written) expect(line).toMatch(new RegExp(`^:\\d{6} 100644 .*\t"?${CONFIGS}/`));
  });

  it("annotates and labels in plain words", () => {
    const { checkRuns, labels } = here.github.state;
    const words = [...checkRuns.values()].flatMap(({ annotations }) =>
      annotations.flatMap(({ message, title, raw_details }) => [message, title ?? "", raw_details ?? ""]),
    );
    for (const text of words) expect(text).not.toMatch(/(?!\n)\p{Cc}|[\p{Cf}\p{Cs}\p{Co}]/u);
    for (const name of labels.keys()) expect(name).toMatch(/^[\w :.-]{1,50}$/);
  });

  it("keeps every text within GitHub's limits", async () => {
    for (const text of [...here.github.state.pulls.values()].map(({ body }) => body ?? ""))
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(65_536);
    for (const { summary } of here.jobs()) expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1_048_576);
  });
});

describe("ways around the merge", () => {
  it("an old workflow run that is started again trains nothing twice", async () => {
    const [claim] = (await here.events()).flatMap((event) => (event.event === "dispatched" ? [event] : []));
    const { trainings } = await state();
    await trainByHand(claim?.dispatch ?? "none");
    expect((await state()).trainings).toBe(trainings);
    expect((await here.events()).filter((event) => "attempt" in event)).toHaveLength(2);
  });

  it("a round merged in the name of somebody without write permission is not launched, with a sentence", async () => {
    const pull = here.openPull();
    expect(pull?.headRef).toBe("autoloop/round-0002");
    const { trainings } = await state();
    await here.github.mergeAs("rea", pull?.number ?? 0);
    await settle();
    expect((await here.events()).filter(({ event }) => event === "refused")).toMatchObject([
      { round: "0002", reason: "merger-without-write" },
    ]);
    expect(here.comments(pull?.number ?? 0).length).toBeGreaterThan(0);
    expect((await state()).trainings).toBe(trainings);
  });

  it("a forged manifest that is pushed straight to main launches nothing", async () => {
    const { trainings } = await state();
    const forged = (await here.show(`${REPORTS}/data/rounds/0001.json`)).replaceAll("0001", "0777");
    await here.push("main", (clone) => writeFile(join(clone, `${REPORTS}/data/rounds/0777.json`), forged));
    await settle();
    expect((await here.events()).find((event) => event.key === "refused:0777")).toMatchObject({
      reason: "no-pull-request",
    });
    expect((await state()).trainings).toBe(trainings);
  });

  it("an approval that somebody wrote into the ledger is not believed: the merge has to hold the file", async () => {
    const main = (await here.git("rev-parse", "main")).trim();
    const blob = (await here.git("rev-parse", `main:${CONFIGS}/act_fr3_ot_1_balanced.json`)).trim();
    const bytes = Buffer.from(await here.git("cat-file", "blob", blob));
    await forge("0888", { merge: main, blob, bytes });
    const { trainings } = await state();
    expect(await trainByHand("0888-deadbeef")).toContain("does not hold");
    expect((await state()).trainings).toBe(trainings);
  });

  it("nor one that names a commit which was never merged", async () => {
    await here.git("branch", "idea", "main");
    await here.push("idea", (clone) => writeFile(join(clone, CONFIGS, "x.json"), "{}\n"));
    const [merge = "", blob = ""] = await Promise.all(
      ["idea", `idea:${CONFIGS}/x.json`].map(async (name) => (await here.git("rev-parse", name)).trim()),
    );
    await forge("0889", { merge, blob, bytes: Buffer.from("{}\n") });
    const { trainings } = await state();
    expect(await trainByHand("0889-deadbeef")).toContain("is not in the history of the default branch");
    expect((await state()).trainings).toBe(trainings);
  });

  it("met no route that GitHub lacks", () => {
    expect(here.github.unknownRoutes).toEqual([]);
  });
});

function forge(round: string, facts: { merge: string; blob: string; bytes: Uint8Array }): Promise<void> {
  return here.push("autoloop/ledger", (clone) =>
    writeFile(join(clone, `rounds/${round}.jsonl`), forgedRound({ round, ...facts })),
  );
}

/** Every text that the bot put before people: report, data, pull requests, comments, remarks, checks, summaries. */
async function everythingWritten(): Promise<readonly string[]> {
  const names = (await here.git("ls-tree", "-r", "--name-only", "main", `${REPORTS}/`)).split("\n");
  const documents = names.filter((name) => name.endsWith(".md"));
  const { pulls, comments, reviews, reviewComments, checkRuns } = here.github.state;
  const bot = (text: { author: string; body: string | null }) =>
    text.author === "github-actions[bot]" ? [text.body ?? ""] : [];
  const checks = [...checkRuns.values()].flatMap(({ output }) => [output.title, output.summary, output.text]);
  return [
    ...(await Promise.all(documents.map((name) => here.show(name)))),
    ...[...pulls.values()].flatMap((pull) => [...bot(pull), pull.title]),
    ...[comments, reviews, reviewComments].flatMap((texts) => [...texts.values()].flatMap(bot)),
    ...checks.flatMap((text) => (text === null ? [] : [text])),
    ...here.jobs().flatMap(({ summary }) => (summary === "" ? [] : [summary])),
  ];
}

async function ledgerFiles(): Promise<readonly string[]> {
  return (await here.git("ls-tree", "-r", "--name-only", "autoloop/ledger")).trim().split("\n");
}

async function ledgerText(): Promise<string> {
  const texts = await Promise.all((await ledgerFiles()).map((name) => here.show(name, "autoloop/ledger")));
  return texts.join("\n");
}

async function filesBelow(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

/** Files that hold one of these texts. */
async function holding(texts: readonly string[], files: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    files.map(async (path) => {
      const bytes = await readFile(path);
      return texts.some((text) => bytes.includes(text)) ? [path] : [];
    }),
  );
  return found.flat();
}
