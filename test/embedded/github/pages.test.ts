import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writePages } from "../../../src/embedded/github/pages.ts";
import { as, commitFiles, start, target, tempDir } from "./harness.ts";

it("writes every pull request with its comments, and hostile text stays text in the browser", async () => {
  const github = await start();
  const ada = as(github, "ada");
  await commitFiles(ada, { branch: "b", from: "main", files: { "b.txt": "b" } });
  await ada.pulls.create({ ...target, head: "b", base: "main", title: "Round 0001", body: "| a | b |" });
  const { id } = (await ada.issues.createComment({ ...target, issue_number: 1, body: "<script>x</script>" }))
    .data;
  await ada.reactions.createForIssueComment({ ...target, comment_id: id, content: "eyes" });
  await ada.pulls.merge({ ...target, pull_number: 1 });
  const dir = join(await tempDir(), "pages");
  await writePages(github.state, dir);
  const pull = await readFile(join(dir, "pull-1.md"), "utf8");
  expect(pull).toContain("# Round 0001 #1");
  expect(pull).toContain("merged by ada");
  expect(pull).toContain("| a | b |");
  expect(pull).toContain("<script>x</script>\n\nReactions: eyes by ada");
  expect(await readFile(join(dir, "index.md"), "utf8")).toContain("[#1](pull-1.md) Round 0001 (merged)");
  const html = await readFile(join(dir, "index.html"), "utf8");
  expect(html).toContain("&lt;script&gt;x&lt;/script&gt;");
  expect(html).not.toContain("<script>");
});
