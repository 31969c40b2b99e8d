import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { readClone } from "../../src/training/conditions.ts";
import { realPorts, scratch } from "./real-ports.ts";

const OWN = [".github/**", "configs/*.json", "configs/reports/act_ot.md", "configs/reports/data/**"];

function clone(folder: string) {
  const git = async (...args: string[]) =>
    (await execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: folder }))
      .stdout;
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  return {
    git,
    put,
    commit: async (path: string, text = "x"): Promise<string> => {
      put(path, text);
      await git("add", ".");
      await git("commit", "-qm", path);
      return git("rev-parse", "HEAD");
    },
    read: (cwd = folder) => readClone({ run: realPorts(process.env).run, cwd, ownPaths: OWN }),
  };
}

describe("the trainer's version", () => {
  let at: ReturnType<typeof clone>;
  let folder: string;
  beforeEach(async () => {
    folder = scratch(onTestFinished);
    at = clone(folder);
    await at.git("init", "-q", "-b", "main");
  });

  it("is its last change, whatever the loop writes into the same repository", async () => {
    const trainer = await at.commit("src/train.py");
    await at.commit("configs/act_r0001a.json");
    await at.commit("configs/reports/act_ot.md");
    await at.commit(".github/autoloop.yml");
    await at.git("switch", "-qc", "autoloop/round-0002");
    await at.commit("configs/act_r0002a.json");
    await at.commit("configs/reports/data/rounds/0002.json");
    await at.git("switch", "-q", "main");
    await at.commit("configs/reports/data/0001.json");
    await at.git("merge", "-q", "--no-ff", "-m", "round 0002", "autoloop/round-0002");
    at.put("configs/act_r0003a.json", "not committed");
    expect(await at.read()).toEqual({ fork_commit: trainer, fork_dirty: false });
    expect(await at.read(join(folder, "src"))).toEqual({ fork_commit: trainer, fork_dirty: false });
  });

  it("is another one after any other change, also beside the configurations", async () => {
    await at.commit("src/train.py");
    let commit = "";
    for (const path of ["src/train.py", "configs/defaults.py", "configs/reports/plot.py", "src/a.json"]) {
      commit = await at.commit(path, `${path}, changed`);
      expect(await at.read()).toEqual({ fork_commit: commit, fork_dirty: false });
    }
    at.put("src/new.py", "not committed");
    expect(await at.read()).toEqual({ fork_commit: commit, fork_dirty: true });
  });

  it("is the first commit where nothing but the loop's own files ever lay", async () => {
    const first = await at.commit(".github/autoloop.yml");
    await at.commit("configs/act.json");
    expect(await at.read()).toEqual({ fork_commit: first, fork_dirty: false });
  });

  it("is unknown without a repository, and without a commit", async () => {
    expect(await at.read()).toMatchObject({ fork_commit: null });
    expect(await at.read(scratch(onTestFinished))).toEqual({ fork_commit: null, fork_dirty: null });
  });
});
