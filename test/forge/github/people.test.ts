import { describe, expect, it } from "vitest";
import { gitHubForge } from "../../../src/forge/github/github.ts";
import { start, target } from "../../embedded/github/harness.ts";

type GitHub = Awaited<ReturnType<typeof start>>;

const forgeAs = (github: GitHub, token: string) =>
  gitHubForge({
    ...target,
    token,
    apiUrl: github.apiUrl,
    now: () => new Date(),
    fetch,
    workflow: "autoloop.yml",
  });

describe("the account that we write as", () => {
  it.each([
    ["a person's token", (github: GitHub) => github.tokenFor("wim"), "wim"],
    [
      "a workflow's token",
      (github: GitHub) => github.issueWorkflowToken({ contents: "write" }),
      "github-actions[bot]",
    ],
  ])("is the author of what it commits, with %s", async (_, tokenOf, login) => {
    const github = await start();
    const { people, reader, writer } = forgeAs(github, tokenOf(github));
    const parent = await reader.head("main");
    const files = new Map([["a.md", "a"]]);
    const made = await writer.commit({ branch: "b", parent, create: true, files, message: "m" });
    expect(await people.me()).toBe(login);
    expect(made.kind === "moved" && (await reader.commit(made.commit))?.author).toBe(login);
  });

  it("is asked for anew after a refusal, and then not again", async () => {
    const github = await start();
    const { people } = forgeAs(github, github.tokenFor("wim"));
    github.faults.push({ path: /graphql$/, status: 403, body: { message: "Resource not accessible" } });
    await expect(people.me()).rejects.toThrow("not accessible");
    expect(await people.me()).toBe("wim");
    const before = github.requests.length;
    expect(await people.me()).toBe("wim");
    expect(github.requests.length).toBe(before);
  });
});
