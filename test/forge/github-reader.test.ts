import { describe, expect, it } from "vitest";
import { connect } from "../../src/forge/github/client.ts";
import { repositoryReader } from "../../src/forge/github/repository.ts";
import { as, commitFiles, start, target } from "../embedded/github/harness.ts";

type GitHub = Awaited<ReturnType<typeof start>>;

const readerOf = (github: GitHub) =>
  repositoryReader(
    connect({
      ...target,
      token: github.tokenFor("wim"),
      apiUrl: github.apiUrl,
      now: () => new Date(),
      fetch,
    }),
  );

const since = (github: GitHub, before: number) =>
  github.requests
    .slice(before)
    .map(
      ({ method, path }) =>
        `${method} ${path.replace(/^.*\/repos\/lab\/robots/, "").replace(/[0-9a-f]{40}/, "…")}`,
    );

async function shasOf(github: GitHub): Promise<Map<string, string>> {
  const { data } = await as(github, "ada").git.getTree({ ...target, tree_sha: "main", recursive: "1" });
  return new Map(data.tree.map(({ path, sha }) => [path, sha]));
}

describe("files from GitHub", () => {
  it("come in one request, however many there are, and never twice", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 120 }, (_, n) => [`rounds/${n}.jsonl`, `{"n":${n}}\n`]),
    );
    const github = await start({ files });
    const shas = [...(await shasOf(github))].filter(([path]) => path in files);
    const reader = readerOf(github);
    const before = github.requests.length;
    const blobs = await reader.blobs(shas.map(([, sha]) => sha));
    for (const [path, sha] of shas) expect(Buffer.from(blobs.get(sha) ?? []).toString()).toBe(files[path]);
    await reader.blobs(shas.map(([, sha]) => sha));
    expect(since(github, before)).toEqual(["POST /api/graphql"]);
  });

  it("that GraphQL cuts, leaves out or spells in its own way are fetched alone, byte for byte", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const contents = [
      Buffer.from("a\0b"),
      Buffer.from([0xff, 0xfe, 0x41]),
      Buffer.alloc(600_000, "x"),
      Buffer.from("plain"),
    ];
    const made = await Promise.all(
      contents.map((bytes) =>
        ada.git.createBlob({ ...target, content: bytes.toString("base64"), encoding: "base64" }),
      ),
    );
    const shas = made.map(({ data }) => data.sha);
    const before = github.requests.length;
    const blobs = await readerOf(github).blobs(shas);
    expect(shas.map((sha, at) => contents[at]?.equals(blobs.get(sha) ?? Buffer.alloc(0)))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(since(github, before).toSorted()).toEqual([
      "GET /git/blobs/…",
      "GET /git/blobs/…",
      "GET /git/blobs/…",
      "POST /api/graphql",
    ]);
  });

  it.each([
    ["a server error", { status: 502, times: 9 }],
    ["a cut connection", { cut: true, times: 9 }],
    ["an answer of another shape", { status: 200, body: { data: { repository: null } } }],
    ["errors", { status: 200, body: { errors: [{ message: "Something went wrong" }] } }],
  ])("come one by one after %s from GraphQL", async (_, fault) => {
    const github = await start({ files: { a: "A", b: "B" } });
    const shas = await shasOf(github);
    github.faults.push({ path: /graphql$/, ...fault });
    const blobs = await readerOf(github).blobs(shas.values());
    expect([...blobs.values()].map((bytes) => Buffer.from(bytes).toString())).toEqual(["A", "B"]);
  });
});

describe("a glance", () => {
  it("sees both branches and brings the files that are read next", async () => {
    const github = await start({ files: { "settings.yml": "mode: train\n", other: "x" } });
    const tip = await commitFiles(as(github, "ada"), {
      branch: "autoloop/ledger",
      from: "main",
      files: { l: "l" },
    });
    const main = (await as(github, "ada").git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    const sha = (await shasOf(github)).get("settings.yml") ?? "";
    const reader = readerOf(github);
    const before = github.requests.length;
    const wanted = { beside: "autoloop/ledger", files: ["settings.yml", "no/such file"] };
    expect(await reader.glance(wanted)).toEqual({ branch: "main", commit: main, beside: tip });
    expect(Buffer.from((await reader.blobs([sha])).get(sha) ?? []).toString()).toBe("mode: train\n");
    expect(await reader.defaultBranch()).toBe("main");
    await reader.tree({ commit: main });
    await reader.tree({ commit: main });
    expect(since(github, before)).toEqual(["POST /api/graphql", "GET /git/trees/…"]);
  });

  it("sees that there is nothing yet", async () => {
    const github = await start();
    expect(await readerOf(github).glance({ beside: "autoloop/ledger", files: [] })).toMatchObject({
      beside: null,
    });
    const empty = await start({ files: {} });
    const seen = await readerOf(empty).glance({ beside: "autoloop/ledger", files: [] });
    expect(seen).toEqual({ branch: "main", commit: null, beside: null });
  });

  it("looks the old way where GraphQL does not answer", async () => {
    const github = await start();
    github.faults.push({ path: /graphql$/, status: 404 });
    const main = (await as(github, "ada").git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    const seen = await readerOf(github).glance({ beside: "autoloop/ledger", files: [] });
    expect(seen).toEqual({ branch: "main", commit: main, beside: null });
  });

  it("follows what moves", async () => {
    const github = await start();
    const reader = readerOf(github);
    const first = await reader.glance({ beside: "b", files: [] });
    const tip = await commitFiles(as(github, "ada"), { branch: "main", files: { x: "x" } });
    const second = await reader.glance({ beside: "b", files: [] });
    expect([first.commit === tip, second.commit]).toEqual([false, tip]);
  });
});

describe("a tree on GitHub", () => {
  it("tells the files of a commit from the repositories that it names", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const parent = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    const entry = { path: "vendor/fork", mode: "160000", type: "commit", sha: parent } as const;
    const tree = await ada.git.createTree({ ...target, base_tree: parent, tree: [entry] });
    const made = await ada.git.createCommit({
      ...target,
      message: "m",
      tree: tree.data.sha,
      parents: [parent],
    });
    const seen = await readerOf(github).tree({ commit: made.data.sha });
    expect([...(seen?.submodules ?? [])]).toEqual([["vendor/fork", parent]]);
    expect([...(seen?.files.keys() ?? [])].toSorted()).toEqual(["README.md", "src/train.py"]);
  });
});

describe("two histories on GitHub", () => {
  it("part at a commit, wherever the branches went, or have nothing in common", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const fork = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    const side = await commitFiles(ada, { branch: "side", from: "main", files: { s: "s" } });
    const main = await commitFiles(ada, { branch: "main", files: { m: "m" } });
    const { tree } = (await ada.git.getCommit({ ...target, commit_sha: main })).data;
    const made = async (parents: string[]) =>
      (await ada.git.createCommit({ ...target, message: "m", tree: tree.sha, parents })).data.sha;
    const merged = await made([side, main]);
    await commitFiles(ada, { branch: "main", files: { m: "m2" } });
    const reader = readerOf(github);
    expect(await reader.mergeBase(side, "main")).toBe(fork);
    expect(await reader.mergeBase(merged, "main")).toBe(main);
    expect(await reader.mergeBase(await made([]), "main")).toBeNull();
  });
});
