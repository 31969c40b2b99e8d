import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Comment, GitHubState, Pull, WorkflowJobRun, WorkflowRun } from "./state.ts";

/** Writes what people would see on the site, as Markdown files and one page that shows them all, into the folder `dir`. */
export async function writePages(state: GitHubState, dir: string): Promise<readonly string[]> {
  await mkdir(dir, { recursive: true });
  const pages = [
    ...[...state.pulls.values()].map((pull) => ({
      name: `pull-${pull.number}.md`,
      text: pullPage(state, pull),
    })),
    ...[...state.runs.values()].map((run) => ({ name: `run-${run.number}.md`, text: runPage(run) })),
  ];
  const written: string[] = [];
  const write = async (name: string, text: string): Promise<void> => {
    await writeFile(join(dir, name), text);
    written.push(join(dir, name));
  };
  for (const page of pages) await write(page.name, page.text);
  await write("index.md", indexPage(state));
  await write("index.html", htmlPage([{ name: "index.md", text: indexPage(state) }, ...pages]));
  return written;
}

function indexPage(state: GitHubState): string {
  const pulls = [...state.pulls.values()].map(
    (pull) => `- [#${pull.number}](pull-${pull.number}.md) ${oneLine(pull.title)} (${stateOf(pull)})`,
  );
  const runs = [...state.runs.values()].map(
    (run) =>
      `- [run ${run.number}](run-${run.number}.md) ${oneLine(run.title)} (${run.conclusion ?? run.status})`,
  );
  return ["# Pull requests", "", ...pulls, "", "# Workflow runs", "", ...runs, ""].join("\n");
}

function pullPage(state: GitHubState, pull: Pull): string {
  const merged =
    pull.mergedAt === null
      ? ""
      : `, merged by ${pull.mergedBy} at ${pull.mergedAt} as ${pull.mergeCommitSha}`;
  const comments = [...state.comments.values()].filter((comment) => comment.issue === pull.number);
  return [
    `# ${oneLine(pull.title)} #${pull.number}`,
    "",
    `${stateOf(pull)}: ${pull.author} wants to merge \`${pull.headRef}\` into \`${pull.baseRef}\`${merged}`,
    ...(pull.labels.length === 0
      ? []
      : ["", `Labels: ${pull.labels.map((label) => `\`${label}\``).join(" ")}`]),
    "",
    pull.body ?? "",
    "",
    ...comments.map((comment) => commentPart(state, comment)),
  ].join("\n");
}

function commentPart(state: GitHubState, comment: Comment): string {
  const reactions = [...state.reactions.values()]
    .filter((reaction) => reaction.comment === comment.id)
    .map((reaction) => `${reaction.content} by ${reaction.author}`);
  const edited = comment.updatedAt === comment.createdAt ? "" : `, edited ${comment.updatedAt}`;
  const below = reactions.length === 0 ? [] : ["", `Reactions: ${reactions.join(", ")}`];
  return [
    "---",
    "",
    `**${comment.author}** at ${comment.createdAt}${edited}`,
    "",
    comment.body,
    ...below,
    "",
  ].join("\n");
}

function runPage(run: WorkflowRun): string {
  const inputs = Object.entries(run.inputs).filter(([, value]) => value !== "");
  return [
    `# ${oneLine(run.title)}`,
    "",
    `Run ${run.number}, started by ${run.event} of ${run.actor} at ${run.createdAt}: ${run.conclusion ?? run.status}`,
    ...inputs.map(([name, value]) => `- ${name}: \`${oneLine(value)}\``),
    "",
    ...run.jobs.filter((job) => job.conclusion !== "skipped").map(jobPart),
  ].join("\n");
}

function jobPart(job: WorkflowJobRun): string {
  const where = job.runner === null ? "" : ` on ${job.runner}`;
  const notes = job.annotations.map((note) => `- ${note.level}: ${oneLine(note.message)}`);
  return [`## ${job.name}: ${job.conclusion ?? job.status}${where}`, "", ...notes, "", job.summary, ""].join(
    "\n",
  );
}

function stateOf(pull: Pull): string {
  return pull.mergedAt === null ? pull.state : "merged";
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** The Markdown as it is, readable in a browser: a renderer would be one more thing that can be wrong. */
function htmlPage(pages: readonly { readonly name: string; readonly text: string }[]): string {
  const parts = pages.map(
    ({ name, text }) =>
      `<section id="${escapeHtml(name)}"><h2>${escapeHtml(name)}</h2><pre>${escapeHtml(text)}</pre></section>`,
  );
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8"><title>Embedded GitHub</title>',
    "<style>body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}",
    "pre{white-space:pre-wrap;background:#f6f8fa;padding:1rem;border-radius:6px}</style></head><body>",
    ...parts,
    "</body></html>",
    "",
  ].join("\n");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
