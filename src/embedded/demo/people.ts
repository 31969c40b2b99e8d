import type { EmbeddedGitHub } from "../github/server.ts";

/** What people do on the site, through the API and with their own tokens. */
export function peopleOf({ apiUrl, owner, repo, tokenFor }: EmbeddedGitHub) {
  const request = async (login: string, method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${apiUrl}/repos/${owner}/${repo}${path}`, {
      method,
      headers: { authorization: `Bearer ${tokenFor(login)}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  };
  return {
    merge: (login: string, pull: number, method: "merge" | "squash" | "rebase" = "merge") =>
      request(login, "PUT", `/pulls/${pull}/merge`, { merge_method: method }),
    close: (login: string, pull: number) => request(login, "PATCH", `/pulls/${pull}`, { state: "closed" }),
    dispatch: (login: string, inputs: Readonly<Record<string, string>>) =>
      request(login, "POST", "/actions/workflows/autoloop.yml/dispatches", { ref: "main", inputs }),
    cancel: (login: string, run: number) => request(login, "POST", `/actions/runs/${run}/cancel`),
    comment: (login: string, pull: number, body: string) =>
      request(login, "POST", `/issues/${pull}/comments`, { body }),
  };
}
