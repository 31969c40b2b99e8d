import { describe, expect, it } from "vitest";
import * as z from "zod";
import { as, commitFiles, refusal, start, target } from "./harness.ts";

const query = `query ($owner: String!, $name: String!, $oid: GitObjectID!) {
  repository(owner: $owner, name: $name) {
    defaultBranchRef { name target { oid } }
    other: ref(qualifiedName: "refs/heads/b") { target { oid } }
    none: ref(qualifiedName: "refs/heads/none") { target { oid } }
    text: object(oid: $oid) { ... on Blob { oid text byteSize isBinary isTruncated } }
  }
}`;

const Answer = z.looseObject({
  data: z
    .looseObject({
      repository: z
        .looseObject({ text: z.looseObject({ text: z.string().nullable() }).nullable() })
        .nullable(),
    })
    .nullish(),
  errors: z.array(z.looseObject({ message: z.string() })).optional(),
});

async function ask(url: string, token: string | null, body: object) {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: answer.status, body: Answer.parse(await answer.json()) };
}

describe("GraphQL", () => {
  it("reads refs and blobs of a repository in one request", async () => {
    const github = await start();
    const ada = as(github, "ada");
    const tip = await commitFiles(ada, { branch: "b", from: "main", files: { "b.txt": "grüße\n" } });
    const main = (await ada.git.getRef({ ...target, ref: "heads/main" })).data.object.sha;
    const { tree } = (await ada.git.getTree({ ...target, tree_sha: tip })).data;
    const oid = tree.find(({ path }) => path === "b.txt")?.sha ?? "";
    const variables = { owner: "lab", name: "robots", oid };
    expect(await ask(github.graphqlUrl, github.tokenFor("rhea"), { query, variables })).toEqual({
      status: 200,
      body: {
        data: {
          repository: {
            defaultBranchRef: { name: "main", target: { oid: main } },
            other: { target: { oid: tip } },
            none: null,
            text: { oid, text: "grüße\n", byteSize: 8, isBinary: false, isTruncated: false },
          },
        },
      },
    });
  });

  it("says binary and truncated, and never sends those bytes as text", async () => {
    const github = await start({ files: { bin: "a\0b", long: "x".repeat(600_000) } });
    const { tree } = (await as(github, "ada").git.getTree({ ...target, tree_sha: "main" })).data;
    const blob = async (path: string) => {
      const oid = tree.find((entry) => entry.path === path)?.sha;
      const variables = { owner: "lab", name: "robots", oid };
      const { body } = await ask(github.graphqlUrl, github.tokenFor("ada"), { query, variables });
      return body.data?.repository?.text;
    };
    expect(await blob("bin")).toMatchObject({ isBinary: true, text: null, byteSize: 3 });
    const long = await blob("long");
    expect(long).toMatchObject({ isTruncated: true, byteSize: 600_000 });
    expect(long?.text).toHaveLength(512_000);
  });

  it("tells strangers nothing, and workflow tokens what their permissions allow", async () => {
    const github = await start();
    const variables = { owner: "lab", name: "robots", oid: "0".repeat(40) };
    const errors = async (token: string) =>
      (await ask(github.graphqlUrl, token, { query, variables })).body.errors?.map(({ message }) => message);
    expect((await ask(github.graphqlUrl, null, { query, variables })).status).toBe(401);
    expect(await errors(github.tokenFor("nobody"))).toEqual([
      "Could not resolve to a Repository with the name 'lab/robots'.",
    ]);
    expect(await errors(github.issueWorkflowToken({ issues: "write" }))).toEqual([
      "Resource not accessible by integration",
    ]);
    const wrong = { query: '{ repository(owner: "lab", name: "robots") { secrets } }' };
    expect((await ask(github.graphqlUrl, github.tokenFor("ada"), wrong)).body.errors).toHaveLength(1);
  });
});

describe("GET /user", () => {
  it("names people, and not the bot behind a workflow token", async () => {
    const github = await start();
    expect((await as(github, "wim").request("GET /user")).data.login).toBe("wim");
    const token = github.issueWorkflowToken({ contents: "write" });
    const asked = fetch(`${github.apiUrl}/user`, { headers: { authorization: `Bearer ${token}` } });
    expect((await asked).status).toBe(403);
    expect((await refusal(as(github, "wim").request("GET /repos/lab/none"))).status).toBe(404);
  });
});
