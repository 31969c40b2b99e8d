import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planConfigs } from "../../src/embedded/trainer/plan-configs.ts";
import { AnalysisDocument, CheckDocument } from "../../src/report/documents.ts";
import { autoloop } from "./programs.ts";

const CONFIGS = "src/lerobot/scripts/train_config";
const REPORT = `${CONFIGS}/reports/act_ot.md`;

let repo = "";
beforeEach(async () => {
  repo = await mkdtemp(join(tmpdir(), "autoloop-repo-"));
});
afterEach(() => rm(repo, { recursive: true, force: true }));

const put = async (path: string, content: string) => {
  await mkdir(join(repo, path, ".."), { recursive: true });
  await writeFile(join(repo, path), content);
  return join(repo, path);
};

/** Two runs as people summarise them: one with live OT, one whose OT died. */
const summaries = (mass = 0.12) => {
  const metric = (first: number, last: number) => ({
    first,
    last,
    best: Math.min(first, last),
    best_step: 2000,
    delta: last - first,
    pct: (100 * (last - first)) / first,
  });
  const run = (pi: number) => ({
    steps: 40,
    summary: {
      "train/l1_loss": metric(0.5, 0.15),
      "train/ot_ot_pi_sum": metric(0.1, pi),
      "eval/offline_eval/avg_l1": metric(0.65, 0.3),
    },
  });
  return JSON.stringify({ live: run(mass), dead: run(1e-9) });
};

const sentence = (stderr: string) => {
  expect(stderr).not.toMatch(/^\s+at |node:internal/m);
  return stderr.trim();
};

describe("autoloop analyze", () => {
  it("prints summary, findings and actions of a summary file", async () => {
    const file = await put("compare_runs.json", summaries());
    const { exit, stdout, stderr } = await autoloop([
      "analyze",
      "--source",
      "compare",
      "--file",
      file,
      "--repo",
      repo,
    ]);
    expect(exit).toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain("mass-healthy");
    expect(stderr).toContain("mass-dead");
    expect(stderr).toContain("train/ot_pi_sum");
  });

  it("prints one JSON document and nothing else on stdout with --json", async () => {
    const file = await put("compare_runs.json", summaries());
    const { stdout } = await autoloop([
      "analyze",
      "--source",
      "compare",
      "--file",
      file,
      "--repo",
      repo,
      "--json",
    ]);
    const document = AnalysisDocument.parse(JSON.parse(stdout));
    expect(document.runs.map(({ label }) => label)).toEqual(["live", "dead"]);
    expect(document.runs[0]?.summary["train/l1_loss"]).toMatchObject({
      first: 0.5,
      last: 0.15,
      best: 0.15,
      best_step: 2000,
    });
  });

  it("appends once, byte by byte behind what is there, and writes the data", async () => {
    const file = await put("compare_runs.json", summaries());
    const before = "# 我的报告\r\n\r\n没有换行结尾";
    await put(REPORT, before);
    const args = [
      "analyze",
      "--source",
      "compare",
      "--file",
      file,
      "--repo",
      repo,
      "--append",
      "--topic",
      "mass",
    ];
    expect((await autoloop(args)).exit).toBe(0);
    const once = await readFile(join(repo, REPORT), "utf8");
    expect(once.startsWith(before)).toBe(true);
    expect(once.match(/autoloop:analysis sha256:[0-9a-f]{64}/g)).toHaveLength(1);
    const data = (await readdir(join(repo, CONFIGS, "reports/data"))).sort();
    expect(data).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\d_mass\.json$/),
      expect.stringMatching(/^\d{4}-\d\d-\d\d_mass\.md$/),
    ]);

    expect((await autoloop(args)).exit).toBe(0);
    expect(await readFile(join(repo, REPORT), "utf8")).toBe(once);
  });

  it("creates a report that does not exist", async () => {
    const file = await put("compare_runs.json", summaries());
    await autoloop(["analyze", "--source", "compare", "--file", file, "--repo", repo, "--append"]);
    expect(await readFile(join(repo, REPORT), "utf8")).toMatch(/^# /);
  });

  it("refuses a report that is a symbolic link, and leaves its target alone", async () => {
    const file = await put("compare_runs.json", summaries());
    const target = await put("elsewhere.md", "# mine\n");
    await mkdir(join(repo, CONFIGS, "reports"), { recursive: true });
    await symlink(target, join(repo, REPORT));
    const { exit, stderr } = await autoloop([
      "analyze",
      "--source",
      "compare",
      "--file",
      file,
      "--repo",
      repo,
      "--append",
    ]);
    expect(exit).toBe(1);
    expect(sentence(stderr)).toContain("symbolic link");
    expect(await readFile(target, "utf8")).toBe("# mine\n");
  });

  it("reads NaN tokens and keeps metrics that it does not know", async () => {
    const file = await put(
      "compare_runs.json",
      '{"a": {"steps": 3, "summary": {"my/metric": {"first": NaN, "last": 2, "best": 2, "best_step": 1}}}}',
    );
    const { exit, stdout } = await autoloop([
      "analyze",
      "--source",
      "compare",
      "--file",
      file,
      "--repo",
      repo,
      "--json",
    ]);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout).runs[0].summary["my/metric"]).toMatchObject({ first: null, last: 2 });
  });

  it.each([
    ["a missing file", "{missing}", "missing.json"],
    ["a broken file", '{"run": ', "compare_runs.json"],
    ["an empty list", "{}", "compare_runs.json"],
  ])("says in one sentence what is wrong with %s", async (_name, content, named) => {
    const file =
      content === "{missing}" ? join(repo, "missing.json") : await put("compare_runs.json", content);
    const { exit, stderr } = await autoloop([
      "analyze",
      "--source",
      "compare",
      "--file",
      file,
      "--repo",
      repo,
    ]);
    expect(exit).toBe(1);
    expect(sentence(stderr)).toContain(named);
  });

  it("falls back to local summaries without a W&B key, and says so", async () => {
    await put("compare_runs_9.json", summaries());
    const { exit, stderr } = await autoloop(["analyze", "--repo", repo]);
    expect(exit).toBe(0);
    expect(stderr).toContain("compare_runs_9.json");
    expect(stderr).toMatch(/W&B was not asked, because there is no key/);
  });
});

describe("settings", () => {
  it.each([
    ["mode: trian", "mode"],
    ["trainer: {stepz: 5}", "trainer.stepz"],
    ["gpus: {cpu_slots: -1}", "gpus.cpu_slots"],
    ["mode: [", ".github/autoloop.yml:1"],
  ])("%s is an error that names %s, exit code 2", async (text, named) => {
    await put(".github/autoloop.yml", text);
    const { exit, stderr } = await autoloop(["analyze", "--repo", repo]);
    expect(exit).toBe(2);
    expect(sentence(stderr)).toContain(named);
  });
});

describe("autoloop check", () => {
  const config = planConfigs()[0]?.config;

  it("accepts what the trainer accepts", async () => {
    const file = await put("ok.json", JSON.stringify(config));
    const { exit, stdout } = await autoloop(["check", file, "--json", "--repo", repo]);
    expect(exit).toBe(0);
    expect(CheckDocument.parse(JSON.parse(stdout)).files[0]).toMatchObject({ launchable: true, errors: [] });
  });

  it("names the field that would have cost the night", async () => {
    const file = await put(
      "night.json",
      JSON.stringify(config).replace('"batch_size":8', '"batch_size":12.0'),
    );
    const { exit, stdout } = await autoloop(["check", file, "--json", "--repo", repo]);
    expect(exit).toBe(1);
    expect(CheckDocument.parse(JSON.parse(stdout)).files[0]).toMatchObject({
      launchable: false,
      errors: [{ path: "batch_size" }],
    });
  });

  it("writes a corrected copy with --fix, and only there", async () => {
    const text = JSON.stringify(config).replace('"batch_size":8', '"batch_size":12.0');
    const file = await put("night.json", text);
    const { stderr, stdout } = await autoloop(["check", file, "--fix", "--repo", repo]);
    expect(`${stdout}${stderr}`).toContain("night.fixed.json: batch_size 12.0 → 12\n");
    expect(await readFile(join(repo, "night.fixed.json"), "utf8")).toBe(text.replace("12.0", "12"));
    expect(await readFile(file, "utf8")).toBe(text);
  });
});

describe("autoloop propose --dry-run", () => {
  it("shows the seed round of the templates, and writes nothing", async () => {
    for (const { file, config } of planConfigs())
      await put(`${CONFIGS}/${file}`, JSON.stringify(config, null, 2));
    const before = await readdir(join(repo, CONFIGS));
    const { exit, stdout } = await autoloop(["propose", "--dry-run", "--repo", repo, "--json"]);
    expect(exit).toBe(0);
    const { manifest, pull_request } = JSON.parse(stdout);
    expect(manifest.variants).toHaveLength(6);
    expect(pull_request.body).toContain("2.15");
    expect(await readdir(join(repo, CONFIGS))).toEqual(before);
  });

  it("breeds one to three variants from a labelled summary", async () => {
    const [template] = planConfigs();
    await put(`${CONFIGS}/${template?.file}`, JSON.stringify(template?.config, null, 2));
    await put("compare_runs.json", summaries());
    await put(
      ".github/autoloop.yml",
      `rules: plan\nsource: {labels: {dead: "${CONFIGS}/${template?.file}"}}\n`,
    );
    const { exit, stdout, stderr } = await autoloop(["propose", "--dry-run", "--repo", repo, "--json"]);
    expect(exit, stderr).toBe(0);
    const { manifest, files } = JSON.parse(stdout);
    const bred = manifest.variants.filter(({ control }: { control: unknown }) => control === null);
    expect(
      bred.map(({ edits }: { edits: { path: string; to: number }[] }) =>
        edits.map(({ path, to }) => [path, to]),
      ),
    ).toEqual([
      [["ot.loss_config.reg", 0.225]],
      [["ot.loss_config.reg", 0.3]],
      [
        ["ot.loss_config.tau_src", 2],
        ["ot.loss_config.tau_tgt", 2],
      ],
    ]);
    for (const { path } of files)
      expect(path).toMatch(/\/act_fr3_ot_r0001[a-e]_[a-z0-9.-]+_[0-9a-f]{6}\.json$/);
  });

  it("says so when no template matches", async () => {
    const { exit, stderr } = await autoloop(["propose", "--dry-run", "--repo", repo]);
    expect(exit).toBe(0);
    expect(stderr).toContain("template");
  });
});

describe("what is named and not there", () => {
  it.each([
    ["files", "--file", "x.json", "--source files reads .wandb files: --file x.json would be ignored"],
    ["compare", "--file", "x.wandb", "--source compare reads summary files: --file x.wandb would be ignored"],
    ["compare", "--dir", "outputs", "--dir outputs would be ignored"],
    ["wandb", "--file", "x.json", "--source wandb reads no files"],
  ])("analyze --source %s %s %s is refused", async (source, option, value, said) => {
    const { exit, stderr } = await autoloop(["analyze", "--source", source, option, value, "--repo", repo]);
    expect(exit).toBe(2);
    expect(sentence(stderr)).toContain(said);
  });

  it("is said of a folder without runs, with what was looked for", async () => {
    await put("outputs/notes.txt", "nothing here");
    const dir = join(repo, "outputs");
    const { exit, stderr } = await autoloop(["analyze", "--source", "files", "--dir", dir, "--repo", repo]);
    expect(exit).toBe(1);
    expect(sentence(stderr)).toContain(
      `There is no .wandb file and no wandb-summary.json of a run in ${dir}`,
    );
  });

  it("is said of the folder before the token", async () => {
    const { exit, stderr } = await autoloop(["status", "--repo", "/nowhere/at/all"]);
    expect(exit).toBe(2);
    expect(sentence(stderr)).toContain("/nowhere/at/all is not a folder.");
  });
});

describe("wrong arguments", () => {
  it.each([
    [["analize"]],
    [["analyze", "--source", "csv"]],
    [["check"]],
    [["analyze", "--repo", "/nowhere/at/all"]],
  ])("%j: exit code 2 and a sentence", async (args) => {
    const { exit, stderr } = await autoloop(args);
    expect(exit).toBe(2);
    expect(sentence(stderr)).not.toBe("");
  });
});
