import { chmod, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { ledgerStore } from "../../src/forge/ledger-store.ts";
import { findGit, isTooOld } from "../../src/forge/local/git.ts";
import { localRepository } from "./local-repository.ts";

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("utf8");

describe("reading a local repository", () => {
  it("lists files with blob and mode, and reads their bytes in one go", async () => {
    const { commit, open, work } = await localRepository();
    await symlink("a.json", join(work, "configs/link.json"));
    const sha = await commit("More", { "configs/zwei Wörter.json": "\0\n\r\nä", "run.sh": "exit 0\n" });
    const { reader } = await open();
    const tree = await reader.tree({ branch: "main" });
    expect(tree?.commit).toBe(sha);
    expect([...(tree?.files.keys() ?? [])].sort()).toEqual(
      ["README.md", "configs/a.json", "configs/link.json", "configs/zwei Wörter.json", "run.sh"].sort(),
    );
    expect(tree?.files.get("configs/link.json")?.mode).toBe("120000");
    const blob = tree?.files.get("configs/zwei Wörter.json")?.blob ?? "";
    expect(text((await reader.blobs([blob, blob])).get(blob))).toBe("\0\n\r\nä");
    expect(await reader.tree({ commit: sha })).toEqual(tree);
  });

  it("has no tree of what is not there, and takes no name for an option", async () => {
    const { open, first } = await localRepository();
    const { reader } = await open();
    for (const branch of ["nowhere", "--all", "main..main", "main:README.md"])
      expect(await reader.tree({ branch })).toBeNull();
    expect(await reader.tree({ commit: "0".repeat(40) })).toBeNull();
    expect(await reader.isMerged(first)).toBe(true);
    for (const commit of ["0".repeat(40), "--help", "main"])
      expect(await reader.isMerged(commit)).toBe(false);
    await expect(reader.blobs(["--batch-all-objects"])).rejects.toThrow("no file content");
    await expect(reader.blobs([first])).rejects.toThrow("no file content");
  });

  it("tells the files of a commit from the repositories that it names", async () => {
    const { open, first, git } = await localRepository();
    await git("update-index", "--add", "--cacheinfo", `160000,${first},vendor/fork`);
    await git("commit", "-qm", "Add a submodule");
    const tree = await (await open()).reader.tree({ branch: "main" });
    expect([...(tree?.submodules ?? [])]).toEqual([["vendor/fork", first]]);
    expect(tree?.files.has("vendor/fork")).toBe(false);
    expect(tree?.files.has("README.md")).toBe(true);
  });

  it("names us as the author of what we commit", async () => {
    const { open, first } = await localRepository();
    const { people, reader, writer } = await open();
    const files = new Map([["a.md", "a"]]);
    const made = await writer.commit({ branch: "b", parent: first, create: true, files, message: "m" });
    expect(made.kind === "moved" && (await reader.commit(made.commit))?.author).toBe(await people.me());
  });

  it("knows where two histories part", async () => {
    const { open, first } = await localRepository();
    const { reader, writer } = await open();
    const grown = async (branch: string, parent: string | null, create: boolean) => {
      const made = await writer.commit({
        branch,
        parent,
        create,
        files: new Map([[branch, branch]]),
        message: "m",
      });
      return made.kind === "moved" ? made.commit : "";
    };
    const [one, other] = [await grown("one", first, true), await grown("other", first, true)];
    expect(await reader.mergeBase(one, other)).toBe(first);
    expect(await reader.mergeBase(one, first)).toBe(first);
    expect(await reader.mergeBase(one, await grown("orphan", null, true))).toBeNull();
  });

  it("does not listen to an environment that leads git elsewhere, and starts no hook", async () => {
    const { open, root, dir, git } = await localRepository();
    const elsewhere = await localRepository();
    const hook = join(root, ".git/hooks/reference-transaction");
    await mkdir(join(root, ".git/hooks"), { recursive: true });
    await writeFile(hook, `#!/bin/sh\ntouch ${join(dir, "hooked")}\n`);
    await chmod(hook, 0o755);
    const { reader, writer } = await open({
      GIT_DIR: join(elsewhere.root, ".git"),
      GIT_INDEX_FILE: "/nowhere",
    });
    const tree = await reader.tree({ branch: "main" });
    const files = new Map([["x.md", "x"]]);
    await writer.commit({ branch: "main", parent: tree?.commit ?? null, files, message: "x" });
    expect(await git("log", "-1", "--format=%s", "main")).toBe("x");
    expect(await elsewhere.git("log", "-1", "--format=%s", "main")).toBe("First");
    expect(await readdir(dir)).not.toContain("hooked");
  });

  it("keeps its name and branch when another branch is checked out, and takes a new name without a ledger", async () => {
    const { open, git, first } = await localRepository();
    const one = await open();
    const { writer } = one;
    await writer.commit({
      branch: "autoloop/ledger",
      parent: null,
      files: new Map([["a", "b"]]),
      message: "l",
    });
    await git("checkout", "--quiet", "-b", "feature");
    const two = await open();
    expect(await two.reader.defaultBranch()).toBe("main");
    expect(two.reader.repository).toMatch(/^local\/policies-[0-9a-f]{8}$/);
    await git("branch", "--quiet", "-D", "autoloop/ledger");
    const three = await open();
    expect(three.reader.repository).not.toBe(two.reader.repository);
    expect((await three.reader.tree({ branch: "main" }))?.commit).toBe(first);
  });

  it.each([
    ["git version 2.37.1", true],
    ["git version 1.8.3", true],
    ["git version 2.38.0", false],
    ["git version 2.39.5 (Apple Git-154)", false],
    ["git version 3.0", false],
  ])("%s: too old %s", (version, tooOld) => expect(isTooOld(version)).toBe(tooOld));

  it("says so when the folder is no repository, has no commit or no branch", async () => {
    const { dir, env, git, open } = await localRepository();
    await expect(findGit({ folder: dir, env })).rejects.toThrow("is not in a git repository");
    await expect(findGit({ folder: join(dir, "nowhere"), env })).rejects.toThrow(
      "is not in a git repository",
    );
    await git("checkout", "--quiet", "--detach");
    await expect(open()).rejects.toThrow("No branch is checked out");
    await git("checkout", "--quiet", "--orphan", "fresh");
    await expect(open()).rejects.toThrow("has no commit");
  });
});

describe("writing a local repository", () => {
  it.each([{ bare: false }, { bare: true }])(
    "adds, replaces and removes files in one commit (%j), by autoloop, committed by the person",
    async ({ bare }) => {
      const { open, first } = await localRepository({ bare });
      const { reader, writer } = await open();
      const files = new Map<string, string | Uint8Array | null>([
        ["configs/a.json", null],
        ["README.md", Buffer.from([0, 255, 10])],
        ["new/deep/file.md", "neu"],
      ]);
      const made = await writer.commit({ branch: "main", parent: first, files, message: "One\n\nTwo" });
      const tree = await reader.tree({ branch: "main" });
      expect(made).toEqual({ kind: "moved", commit: tree?.commit });
      expect([...(tree?.files.keys() ?? [])]).toEqual(["README.md", "new/deep/file.md"]);
      const blob = tree?.files.get("README.md")?.blob ?? "";
      expect((await reader.blobs([blob])).get(blob)).toEqual(Buffer.from([0, 255, 10]));
    },
  );

  it("leaves author and committer apart", async () => {
    const { open, first, git } = await localRepository();
    const { writer } = await open();
    await writer.commit({ branch: "x", parent: first, create: true, files: new Map(), message: "m" });
    expect(await git("log", "-1", "--format=%an|%cn|%B", "x")).toBe("autoloop|Ana|m");
  });

  it("loses the race when the branch is elsewhere, exists already or is gone", async () => {
    const { open, first, commit, git } = await localRepository();
    const { writer } = await open();
    const second = await commit("Second", { "b.md": "b" });
    const change = { files: new Map([["c.md", "c"]]), message: "c" };
    const lost = { kind: "lost-the-race" };
    expect(await writer.commit({ ...change, branch: "main", parent: first })).toEqual(lost);
    expect(await writer.commit({ ...change, branch: "main", parent: first, create: true })).toEqual(lost);
    expect(await writer.commit({ ...change, branch: "main", parent: null })).toEqual(lost);
    expect(await writer.commit({ ...change, branch: "gone", parent: second })).toEqual(lost);
    expect(await git("rev-parse", "main")).toBe(second);
  });

  it.each(["../out.md", ".git/config", "a/../../b.md", "/etc/x", ""])(
    "writes nothing when a path is %j",
    async (path) => {
      const { open, first, git, root } = await localRepository();
      const { writer } = await open();
      const config = await readFile(join(root, ".git/config"), "utf8");
      const files = new Map([[path, "x"]]);
      await expect(writer.commit({ branch: "main", parent: first, files, message: "m" })).rejects.toThrow(
        /git/,
      );
      expect(await git("rev-parse", "main")).toBe(first);
      expect(await readFile(join(root, ".git/config"), "utf8")).toBe(config);
      expect(await readdir(join(root, ".git/autoloop/tmp")).catch(() => [])).toEqual([]);
    },
  );

  it("gives what git says when it cannot move a branch for another reason", async () => {
    const { open, first, git } = await localRepository();
    const { writer } = await open();
    await git("branch", "autoloop");
    const change = { files: new Map([["a", "b"]]), message: "m" };
    await expect(
      writer.commit({ ...change, branch: "autoloop/round-0001", parent: first, create: true }),
    ).rejects.toThrow(/update-ref failed: .*autoloop/);
  });

  it("lets writers of the ledger race, and every event is there once", async () => {
    const { open } = await localRepository();
    const stores = (await Promise.all([open(), open(), open()])).map(ledgerStore);
    const event = (key: string) => ({ key, at: "2026-01-05T20:00:00.000Z", by: "ana", answer: "help" });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(999), { minLength: 1, maxLength: 5 }), async (numbers) => {
        await Promise.all(
          stores.map((store) =>
            store.append({ events: numbers.map((n) => ({ ...event(`comment:${n}`), event: "answered" })) }),
          ),
        );
        const keys = (await stores[0]?.read())?.events.map(({ key }) => key) ?? [];
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys).toEqual(expect.arrayContaining(numbers.map((n) => `comment:${n}`)));
      }),
      { numRuns: 3 },
    );
  });
});
