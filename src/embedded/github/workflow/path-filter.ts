/** The glob of `paths:` filters: `*` stays inside a segment, `**` does not, `?` makes the character before it optional. */
export function matchesPath(pattern: string, path: string): boolean {
  const source = pattern.replace(/[.+^${}()|\\]/g, "\\$&").replace(/\*\*\/|\*\*|\*/g, (stars) => {
    if (stars === "**/") return "(?:.*/)?";
    return stars === "**" ? ".*" : "[^/]*";
  });
  return new RegExp(`^${source}$`).test(path);
}

/** Later patterns win; `!` takes out again. */
export function anyPathMatches(patterns: readonly string[], paths: readonly string[]): boolean {
  return paths.some((path) => {
    let chosen = false;
    for (const pattern of patterns) {
      if (pattern.startsWith("!")) chosen = chosen && !matchesPath(pattern.slice(1), path);
      else chosen = chosen || matchesPath(pattern, path);
    }
    return chosen;
  });
}

const SKIP_MARKERS = ["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"];

/** A marker anywhere in the head commit's message suppresses push workflows (github facts 4). */
export function asksToSkip(message: string): boolean {
  const text = message.toLowerCase();
  return SKIP_MARKERS.some((marker) => text.includes(marker)) || /^skip-checks:\s*true\s*$/m.test(text);
}
