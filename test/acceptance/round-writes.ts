import type { Asked } from "../../src/embedded/github/faults.ts";
import type { ApiAnswer } from "../../src/embedded/github/listener.ts";

/**
 * Names the writes of a round by what they bring, so that one is the same write in whichever job it happens and however often it
 * is tried: a tree by its files, a commit by its tree, a branch by its commit.
 */
export function writeNames() {
  /** What the objects that were made hold. */
  const holds = new Map<unknown, string>();
  const held = (sha: unknown) => holds.get(sha) ?? "something that was there";

  return {
    /** Undefined: it reads. */
    nameOf: ({ method, path, body }: Asked): string | undefined => {
      const at = /\/repos\/lab\/policies\/(.*)$/.exec(decodeURIComponent(path))?.[1];
      if (method === "GET" || at === undefined) return undefined;
      const given = record(body);
      switch (`${method} ${at.replace(/\d+/, "N").replace(/^(git\/refs\/heads)\/.*/, "$1")}`) {
        case "POST git/blobs":
          return "a blob";
        case "POST git/trees":
          return `the files: ${treeHolds(given["tree"])}`;
        case "POST git/commits":
          return `the commit: ${held(given["tree"])}`;
        case "POST git/refs":
          return `the new branch ${shortRef(given["ref"])}: ${held(given["sha"])}`;
        case "PATCH git/refs/heads":
          return `the branch ${shortRef(at)}: ${held(given["sha"])}`;
        case "POST pulls":
          return `the pull request from ${given["head"]}`;
        case "PATCH pulls/N":
          return `the description of #${at.split("/")[1]}`;
        case "POST issues/N/labels":
          return `the labels of #${at.split("/")[1]}`;
        case "POST pulls/N/requested_reviewers":
          return `the reviewers of #${at.split("/")[1]}`;
        case "POST issues/N/comments":
          return `${commentName(given["body"])} on #${at.split("/")[1]}`;
        case "PATCH issues/comments/N":
          return `the changed ${commentName(given["body"])}`;
        case "POST check-runs":
          return `the check "${given["name"]}", ${given["conclusion"] ?? given["status"]}`;
        case "POST actions/workflows/autoloop.yml/dispatches":
          return "the dispatch";
        default:
          return `${method} ${at}`;
      }
    },
    /** Sees the answers: what was made has a name from then on. */
    onAnswer: ({ method, route, status, body, request }: ApiAnswer): void => {
      if (method !== "POST" || status !== 201) return;
      const { sha } = record(body);
      if (route === "git/trees") holds.set(sha, treeHolds(record(request)["tree"]));
      if (route === "git/commits") holds.set(sha, held(record(request)["tree"]));
    },
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Files of the ledger by the newest event, a report and a round by the file that people know; others by their names. */
function treeHolds(entries: unknown): string {
  const files = (Array.isArray(entries) ? entries : []).map(record);
  const log = files.find(({ path }) => String(path).endsWith(".jsonl"));
  if (log) return `ledger, ${JSON.parse(String(log["content"]).trim().split("\n").at(-1) ?? "{}").event}`;
  const names = files.map(({ path }) => String(path).replace(/^.*\//, ""));
  const known =
    names.find((name) => name === "act_ot.md") ?? names.find((name) => /^\d{4}\.json$/.test(name));
  return known ?? names.sort().join(", ");
}

function shortRef(ref: unknown): string {
  return String(ref).replace(/^(git\/)?refs\/heads\//, "");
}

function commentName(body: unknown): string {
  return String(body).includes("<!-- autoloop:status") ? "status comment" : "reply";
}
