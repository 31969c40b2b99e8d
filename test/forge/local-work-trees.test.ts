import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localRepository } from "./local-repository.ts";

const open = async () => {
  const repository = await localRepository();
  const forge = await repository.open();
  /** One commit on main by autoloop. */
  const write = async (path: string, content: string | null) => {
    const parent = (await forge.reader.tree({ branch: "main" }))?.commit ?? null;
    const files = new Map([[path, content]]);
    const made = await forge.writer.commit({ branch: "main", parent, files, message: `Write ${path}` });
    return made.kind === "moved" ? made.commit : "";
  };
  const read = (path: string) => readFile(join(repository.work, path), "utf8");
  return { ...repository, forge, write, read };
};

describe("a clean work tree", () => {
  it("follows its branch: files arrive, change and go", async () => {
    const { git, write, read, said } = await open();
    await write("report.md", "one\n");
    await write("report.md", "two\n");
    await write("configs/a.json", null);
    expect(await read("report.md")).toBe("two\n");
    await expect(read("configs/a.json")).rejects.toThrow("ENOENT");
    expect(await git("status", "--porcelain")).toBe("");
    expect(await git("for-each-ref", "refs/worktree")).toBe("");
    expect(said).toEqual([]);
  });

  it("keeps files that git does not track", async () => {
    const { put, git, write, read } = await open();
    await put("outputs/model.bin", "weights");
    await write("report.md", "one\n");
    expect(await read("outputs/model.bin")).toBe("weights");
    expect(await read("report.md")).toBe("one\n");
    expect(await git("status", "--porcelain")).toBe("?? outputs/");
  });

  it("is left alone when an untracked file is in the way", async () => {
    const { put, write, read, said } = await open();
    await put("report.md", "my own notes\n");
    await write("report.md", "one\n");
    expect(await read("report.md")).toBe("my own notes\n");
    expect(said).toHaveLength(1);
  });

  it("follows in every linked work tree that shows the branch, and only there", async () => {
    const { git, dir, write } = await open();
    await git("checkout", "--quiet", "-b", "feature");
    const linked = join(dir, "linked");
    await git("worktree", "add", "--quiet", linked, "main");
    await git("worktree", "add", "--quiet", join(dir, "gone"), "-b", "gone");
    await rm(join(dir, "gone"), { recursive: true });
    await write("report.md", "one\n");
    expect(await readFile(join(linked, "report.md"), "utf8")).toBe("one\n");
    expect(await git("-C", linked, "status", "--porcelain")).toBe("");
    expect(await git("status", "--porcelain")).toBe("");
  });
});

describe("a work tree with uncommitted changes", () => {
  it.each([
    ["a changed file", async (work: string) => writeFile(join(work, "README.md"), "mine\n")],
    ["a deleted file", async (work: string) => rm(join(work, "README.md"))],
  ])("is left as it is with %s, and said once", async (_name, change) => {
    const { work, git, write, said, first } = await open();
    await change(work);
    const before = [await git("diff-files"), await git("ls-files", "--stage")];
    await write("report.md", "one\n");
    await write("report.md", "two\n");
    expect([await git("diff-files"), await git("ls-files", "--stage")]).toEqual(before);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`left at ${first.slice(0, 10)}`);
  });

  it("comes along by itself once it is clean again, from where it was left", async () => {
    const { put, git, write, read, open: again } = await open();
    await put("README.md", "mine\n");
    await write("report.md", "one\n");
    await write("configs/a.json", null);
    await put("README.md", "# Policies\n");
    await again();
    expect(await read("report.md")).toBe("one\n");
    expect(await git("status", "--porcelain")).toBe("");
  });

  it("loses nothing by the command that is said, and keeps what was staged", async () => {
    const { put, git, write, read, said } = await open();
    await put("README.md", "mine\n");
    await put("staged.md", "staged\n");
    await git("add", "staged.md");
    await write("report.md", "one\n");
    const command = /git -C '[^']+' (.+)$/.exec(said[0] ?? "")?.[1] ?? "";
    await git(...command.split(" "));
    expect([await read("README.md"), await read("report.md")]).toEqual(["mine\n", "one\n"]);
    expect((await git("status", "--porcelain")).split("\n").sort()).toEqual(
      ["A  staged.md", " M README.md"].sort(),
    );
    // It stands where the branch is now, so the next commit finds that out.
    await git("checkout", "--quiet", "--", "README.md");
    await git("rm", "--quiet", "--force", "staged.md");
    await write("report.md", "two\n");
    expect(await read("report.md")).toBe("two\n");
    expect(await git("status", "--porcelain")).toBe("");
  });

  it("that a crash left behind is found by the next process", async () => {
    const { git, commit, open: again, read, first } = await open();
    // As if the process had died between moving the branch and the work tree.
    await git("update-ref", "refs/worktree/autoloop/left-at", first);
    const next = await commit("Next", { "report.md": "one\n" });
    await git("read-tree", "-m", "-u", next, first);
    expect(await git("status", "--porcelain")).toBe("D  report.md");
    await again();
    expect(await read("report.md")).toBe("one\n");
    expect(await git("status", "--porcelain")).toBe("");
  });
});
