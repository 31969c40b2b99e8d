import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { viewOfFolder, writeFolder } from "../../src/forge/folder.ts";
import { matchPaths, readText } from "../../src/forge/view.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "autoloop-folder-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe("a folder as a repository", () => {
  it("lists files, not what a trainer leaves behind, and ends on a loop of links", async () => {
    await mkdir(join(root, "a/b"), { recursive: true });
    await mkdir(join(root, "outputs/train"), { recursive: true });
    await writeFile(join(root, "a/b/c.json"), "{}");
    await writeFile(join(root, "outputs/train/x.json"), "{}");
    await symlink(root, join(root, "a/loop"));
    const view = await viewOfFolder(root);
    expect(view.paths).toEqual(["a/b/c.json", "a/loop"]);
    expect([...view.links]).toEqual(["a/loop"]);
    await expect(view.read(["a/loop"])).rejects.toThrow("symbolic link");
    expect(await readText(view, "a/b/c.json")).toBe("{}");
    expect(await readText(view, "nothing.json")).toBeNull();
  });

  it("finds paths by globs, in the order of the globs", async () => {
    for (const name of ["b2.json", "b1.json", "a.json"]) await writeFile(join(root, name), "");
    expect(matchPaths(await viewOfFolder(root), ["b*.json", "*.json"])).toEqual([
      "b1.json",
      "b2.json",
      "a.json",
    ]);
  });

  it("is refused where it does not exist", async () => {
    await expect(viewOfFolder(join(root, "nowhere"))).rejects.toThrow("is not a folder");
  });
});

describe("writing into a folder", () => {
  it("replaces files whole and leaves nothing else behind", async () => {
    await writeFolder({ root, files: new Map([["x/y.md", "one"]]) });
    await writeFolder({
      root,
      files: new Map<string, string | null>([
        ["x/y.md", "two"],
        ["z.md", null],
      ]),
    });
    expect(await readFile(join(root, "x/y.md"), "utf8")).toBe("two");
    expect(await readdir(join(root, "x"))).toEqual(["y.md"]);
  });

  it.each(["../out.md", "/etc/out.md", "a//b.md", "a/../../b.md", ""])(
    "refuses the path %j",
    async (path) => {
      await expect(writeFolder({ root, files: new Map([[path, "x"]]) })).rejects.toThrow("not a path inside");
    },
  );

  it("writes nothing at all when a folder on the way is a link", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "autoloop-elsewhere-"));
    await symlink(elsewhere, join(root, "reports"));
    const files = new Map([
      ["fine.md", "x"],
      ["reports/act_ot.md", "x"],
    ]);
    await expect(writeFolder({ root, files })).rejects.toThrow("reports is a symbolic link");
    expect([await readdir(elsewhere), await readdir(root)]).toEqual([[], ["reports"]]);
    await rm(elsewhere, { recursive: true });
  });
});
