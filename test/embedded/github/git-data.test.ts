import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { as, client, commitFiles, fileAt, refusal, start, target } from "./harness.ts";

describe("refs", () => {
  it("moves a branch forward and refuses to move it sideways", async () => {
    const github = await start();
    const ada = as(github, "ada");
    await commitFiles(ada, { branch: "side", from: "main", files: { "side.txt": "s" } });
    await commitFiles(ada, { branch: "main", files: { "main.txt": "m" } });
    const side = await ada.git.getRef({ ...target, ref: "heads/side" });

    const no = await refusal(ada.git.updateRef({ ...target, ref: "heads/main", sha: side.data.object.sha }));
    expect(no).toMatchObject({
      status: 422,
      message: expect.stringContaining("Update is not a fast forward"),
    });

    await ada.git.updateRef({ ...target, ref: "heads/main", sha: side.data.object.sha, force: true });
    expect((await ada.git.getRef({ ...target, ref: "heads/main" })).data.object.sha).toBe(
      side.data.object.sha,
    );
  });

  it("lets exactly one of many concurrent appends win", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const parent = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    const { tree } = (await ada.git.getCommit({ ...target, commit_sha: parent })).data;
    const commits = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) =>
        ada.git.createCommit({ ...target, message: `event ${n}`, tree: tree.sha, parents: [parent] }),
      ),
    );
    const results = await Promise.allSettled(
      commits.map(({ data }) => ada.git.updateRef({ ...target, ref: "heads/main", sha: data.sha })),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ status: 422 });
    }
  });

  it("creates a ref once, however many try at the same time", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const sha = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    const results = await Promise.allSettled(
      [1, 2, 3, 4].map(() => ada.git.createRef({ ...target, ref: "refs/heads/autoloop/ledger", sha })),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    const again = await refusal(ada.git.createRef({ ...target, ref: "refs/heads/autoloop/ledger", sha }));
    expect(again.message).toContain("Reference already exists");

    const matching = await ada.git.listMatchingRefs({ ...target, ref: "heads/autoloop/" });
    expect(matching.data.map((ref) => ref.ref)).toEqual(["refs/heads/autoloop/ledger"]);
    await ada.git.deleteRef({ ...target, ref: "heads/autoloop/ledger" });
    expect((await refusal(ada.git.getRef({ ...target, ref: "heads/autoloop/ledger" }))).status).toBe(404);
  });

  it("refuses names, objects and deletions that make no sense", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const sha = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    const missing = "0123456789012345678901234567890123456789";
    expect((await refusal(ada.git.createRef({ ...target, ref: "main2", sha }))).status).toBe(422);
    expect((await refusal(ada.git.createRef({ ...target, ref: "refs/heads/a..b", sha }))).status).toBe(422);
    expect(
      (await refusal(ada.git.createRef({ ...target, ref: "refs/heads/a", sha: missing }))).message,
    ).toContain("Object does not exist");
    expect((await refusal(ada.git.updateRef({ ...target, ref: "heads/nope", sha }))).message).toContain(
      "Reference does not exist",
    );
    expect((await refusal(ada.git.deleteRef({ ...target, ref: "heads/main" }))).status).toBe(422);
  });

  it("answers 409 while the repository is empty", async () => {
    const github = await start({ files: {} });
    const ada = as(github, "ada");
    expect((await ada.repos.get(target)).data.full_name).toBe("lab/robots");
    const no = await refusal(ada.git.createBlob({ ...target, content: "x" }));
    expect(no).toMatchObject({ status: 409, message: expect.stringContaining("Git Repository is empty.") });
  });
});

describe("trees and blobs", () => {
  it("keeps what base_tree has, replaces, adds and removes", async () => {
    const github = await start();
    const ada = as(github, "ada");
    await commitFiles(ada, {
      branch: "main",
      files: { "src/train.py": "steps = 200\n", "src/deep/er/x.json": "{}", "README.md": null },
    });
    const head = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    const tree = await ada.git.getTree({ ...target, tree_sha: head, recursive: "1" });
    expect(tree.data.tree.map((entry) => [entry.path, entry.type])).toEqual([
      ["src", "tree"],
      ["src/deep", "tree"],
      ["src/deep/er", "tree"],
      ["src/deep/er/x.json", "blob"],
      ["src/train.py", "blob"],
    ]);
    expect(await fileAt(ada, "src/train.py", "main")).toBe("steps = 200\n");
    const bad = await refusal(
      ada.git.createTree({
        ...target,
        base_tree: head,
        tree: [{ path: "gone", mode: "100644", type: "blob", sha: null }],
      }),
    );
    expect(bad).toMatchObject({ status: 422, message: expect.stringContaining("GitRPC::BadObjectState") });
    const dots = await refusal(
      ada.git.createTree({
        ...target,
        base_tree: head,
        tree: [{ path: "a/../b", mode: "100644", content: "x" }],
      }),
    );
    expect(dots.message).toContain("malformed path");
  });

  it("returns any bytes as they came", async () => {
    const github = await start();
    const ada = as(github, "ada");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const content = Buffer.from(bytes).toString("base64");
        const { sha } = (await ada.git.createBlob({ ...target, content, encoding: "base64" })).data;
        const back = (await ada.git.getBlob({ ...target, file_sha: sha })).data;
        expect(Buffer.from(back.content, "base64").equals(Buffer.from(bytes))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("writes the same tree as git for any set of files", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const name = fc.stringMatching(/^[a-c]{1,2}$/);
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(path, fc.string({ maxLength: 5 }), { minKeys: 1, maxKeys: 6 }),
        async (files) => {
          // A file cannot also be a folder.
          const paths = Object.keys(files).filter(
            (one) => !Object.keys(files).some((other) => other.startsWith(`${one}/`)),
          );
          const tree = paths.map((one) => ({
            path: one,
            mode: "100644" as const,
            content: files[one] ?? "",
          }));
          const { sha } = (await ada.git.createTree({ ...target, tree })).data;
          const listed = (await ada.git.getTree({ ...target, tree_sha: sha, recursive: "1" })).data.tree;
          expect(
            listed
              .filter((entry) => entry.type === "blob")
              .map((entry) => entry.path)
              .sort(),
          ).toEqual(paths.sort());
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("commits", () => {
  it("are the bot's and verified when a workflow token leaves the author out", async () => {
    const github = await start();
    const bot = client(github, github.issueWorkflowToken({ contents: "write" }));
    const sha = await commitFiles(bot, {
      branch: "autoloop/round-0001",
      from: "main",
      files: { "a.json": "{}" },
    });
    const { data } = await bot.repos.getCommit({ ...target, ref: sha });
    expect(data.author?.login).toBe("github-actions[bot]");
    expect(data.commit.author?.email).toBe("41898282+github-actions[bot]@users.noreply.github.com");
    expect(data.commit.verification).toMatchObject({ verified: true, reason: "valid" });

    const person = await commitFiles(as(github, "wim"), {
      branch: "wims",
      from: "main",
      files: { "b.json": "{}" },
    });
    const wims = (await bot.repos.getCommit({ ...target, ref: person })).data;
    expect(wims.author?.login).toBe("wim");
    expect(wims.commit.verification).toMatchObject({ verified: false, reason: "unsigned" });
  });

  it("list by path, newest first, one page after the other", async () => {
    const github = await start();
    const ada = as(github, "ada");
    for (let n = 1; n <= 5; n += 1)
      await commitFiles(ada, { branch: "main", files: { "log.txt": `${n}` }, message: `log ${n}` });
    await commitFiles(ada, { branch: "main", files: { "other.txt": "x" }, message: "other" });
    const first = await ada.repos.listCommits({ ...target, path: "log.txt", per_page: 2 });
    expect(first.data.map((commit) => commit.commit.message)).toEqual(["log 5", "log 4"]);
    expect(first.headers.link).toContain('rel="next"');
    expect(first.headers.link).toContain('page=3>; rel="last"');
    const all = await ada.paginate(ada.repos.listCommits, { ...target, path: "log.txt", per_page: 2 });
    expect(all).toHaveLength(5);
  });

  it("compare from where two branches parted", async () => {
    const github = await start();
    const ada = as(github, "ada");
    await commitFiles(ada, { branch: "side", from: "main", files: { "side.txt": "one\ntwo\n" } });
    await commitFiles(ada, { branch: "main", files: { "main.txt": "m" } });
    const { data } = await ada.repos.compareCommitsWithBasehead({ ...target, basehead: "main...side" });
    expect(data).toMatchObject({ status: "diverged", ahead_by: 1, behind_by: 1, total_commits: 1 });
    expect(data.files).toMatchObject([
      { filename: "side.txt", status: "added", additions: 2, patch: "@@ -0,0 +1,2 @@\n+one\n+two" },
    ]);
  });
});

describe("contents", () => {
  it("come as JSON, raw and as a folder", async () => {
    const github = await start({ files: { "docs/ä b.md": "Übung\n", "docs/x.txt": "x" } });
    const ada = as(github, "ada");
    const json = (await ada.repos.getContent({ ...target, path: "docs/ä b.md" })).data;
    expect(json).toMatchObject({ type: "file", encoding: "base64", size: 7, path: "docs/ä b.md" });
    expect(await fileAt(ada, "docs/ä b.md", "main")).toBe("Übung\n");
    const folder = (await ada.repos.getContent({ ...target, path: "docs" })).data;
    expect(folder).toMatchObject([
      { name: "x.txt", type: "file" },
      { name: "ä b.md", type: "file" },
    ]);
    expect((await refusal(ada.repos.getContent({ ...target, path: "docs/none" }))).status).toBe(404);
    expect(
      (await refusal(ada.repos.getContent({ ...target, path: "docs/x.txt", ref: "no" }))).message,
    ).toContain("No commit found for the ref no");
  });
});
