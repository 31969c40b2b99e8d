import { createHash } from "node:crypto";
import type { Check, Display } from "../forge.ts";
import { type GitHubClient, whenKnown } from "./client.ts";

/** GitHub takes so many annotations with one request. */
const ANNOTATIONS = 50;

export function display(client: GitHubClient): Display {
  const { octokit, owner, repo } = client;
  const at = { owner, repo };
  return {
    label: async (pull, labels) => {
      const wanted = { ...at, issue_number: pull, labels: [...labels] };
      await whenKnown(client, () => octokit.rest.issues.addLabels(wanted));
    },
    requestReviewers: async (pull, { people, teams }) => {
      const wanted = { ...at, pull_number: pull, reviewers: [...people], team_reviewers: [...teams] };
      await whenKnown(client, () => octokit.rest.pulls.requestReviewers(wanted));
    },
    check: async (check) => {
      const listed = await octokit.rest.checks.listForRef({
        ...at,
        ref: check.commit,
        check_name: check.name,
        per_page: 1,
      });
      const known = listed.data.check_runs[0];
      // Annotations are added to those that are there: a check that shows this already is left alone.
      if (known && known.external_id === idOf(check)) return;
      const [first = [], ...rest] = inChunks(check);
      const { data } = await octokit.rest.checks.create({
        ...at,
        ...fields(check, first),
        name: check.name,
        head_sha: check.commit,
      });
      for (const annotations of rest) {
        await octokit.rest.checks.update({ ...at, check_run_id: data.id, ...fields(check, annotations) });
      }
    },
  };
}

/** A check of the same name replaces the last one in what GitHub shows of a commit. */
function fields(check: Check, annotations: Check["annotations"]) {
  return {
    external_id: idOf(check),
    ...(check.conclusion === null
      ? { status: "in_progress" as const }
      : { status: "completed" as const, conclusion: check.conclusion }),
    output: {
      title: check.title,
      summary: check.summary,
      annotations: annotations.map(({ path, level, title, message }) => ({
        path,
        start_line: 1,
        end_line: 1,
        annotation_level: level,
        title,
        message,
      })),
    },
  };
}

function inChunks({ annotations }: Check): Check["annotations"][] {
  const chunks: Check["annotations"][] = [];
  for (let from = 0; from < annotations.length; from += ANNOTATIONS) {
    chunks.push(annotations.slice(from, from + ANNOTATIONS));
  }
  return chunks;
}

/** Equal for equal content. */
function idOf(check: Check): string {
  return createHash("sha256").update(JSON.stringify(check)).digest("hex").slice(0, 20);
}
