/** Where W&B keys come from. The caller reads the environment and the file; here they are only understood. */

export interface NetrcEntry {
  readonly login: string | null;
  readonly password: string | null;
}

/** One token of a `.netrc`: quoted, with backslash escapes, or plain. */
const TOKEN = /"((?:[^"\\]|\\.)*)"|(\S+)/g;

/**
 * The entry of `host` in the text of a `.netrc`, or its `default` entry; null = there is none. Comments and `macdef`
 * bodies are skipped.
 */
export function readNetrc(text: string, host: string): NetrcEntry | null {
  const tokens = tokensOf(text);
  let fallback: NetrcEntry | null = null;
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at] === "machine" && tokens[at + 1] === host) return readEntry(tokens, at + 2);
    if (tokens[at] === "machine") at++;
    else if (tokens[at] === "default") fallback ??= readEntry(tokens, at + 1);
    else if (isField(tokens[at])) at++;
  }
  return fallback;
}

/** The key for a server: the given one, else the netrc's; null = none, which is enough for public projects. */
export function findApiKey(options: {
  readonly given?: string | undefined;
  readonly netrc?: string | undefined;
  readonly baseUrl: string;
}): string | null {
  const given = options.given?.trim();
  if (given) return given;
  if (options.netrc === undefined) return null;
  return readNetrc(options.netrc, new URL(options.baseUrl).hostname)?.password ?? null;
}

function readEntry(tokens: readonly string[], start: number): NetrcEntry {
  let login: string | null = null;
  let password: string | null = null;
  for (let at = start; isField(tokens[at]); at += 2) {
    if (tokens[at] === "login") login = tokens[at + 1] ?? null;
    else if (tokens[at] === "password") password = tokens[at + 1] ?? null;
  }
  return { login, password };
}

function isField(token: string | undefined): boolean {
  return token === "login" || token === "password" || token === "account";
}

function tokensOf(text: string): string[] {
  // A macro runs to the next empty line, whatever it says; a comment is a line of its own.
  const plain = text
    .replace(/\r\n/g, "\n")
    .replace(/^[ \t]*macdef[^\n]*\n(?:[^\n]+\n?)*/gm, "")
    .replace(/^[ \t]*#.*$/gm, "");
  return [...plain.matchAll(TOKEN)].map(([, quoted, bare]) => quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "");
}
