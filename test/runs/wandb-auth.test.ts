import { describe, expect, it } from "vitest";
import { findApiKey, readNetrc } from "../../src/runs/wandb-auth.ts";

const key = "0123456789abcdef0123456789abcdef01234567";

describe("readNetrc", () => {
  it("finds the machine among others, on one line or several", () => {
    const text = `machine github.com login me password machine\nmachine api.wandb.ai\n  login user\n  password ${key}\n`;
    expect(readNetrc(text, "api.wandb.ai")).toEqual({ login: "user", password: key });
    expect(readNetrc(text, "github.com")).toEqual({ login: "me", password: "machine" });
    expect(readNetrc(text, "wandb.ai")).toBeNull();
  });

  it("skips comments and macros, reads quotes, and falls back to the default entry", () => {
    const text = [
      "# machine h login no password no",
      "macdef upload",
      "machine h login macro password macro",
      "",
      'machine other account a login "two words" password "a\\"b"',
      "default login anonymous password guest",
    ].join("\r\n");
    expect(readNetrc(text, "other")).toEqual({ login: "two words", password: 'a"b' });
    expect(readNetrc(text, "h")).toEqual({ login: "anonymous", password: "guest" });
    expect(readNetrc("", "h")).toBeNull();
  });

  it("keeps a # inside a password", () => {
    expect(readNetrc("machine h login u password a#b", "h")?.password).toBe("a#b");
  });
});

describe("findApiKey", () => {
  it("prefers the given key over the file, and an empty one is none", () => {
    const netrc = `machine api.wandb.ai login user password ${key}`;
    const baseUrl = "https://api.wandb.ai";
    expect(findApiKey({ given: " local-k ", netrc, baseUrl })).toBe("local-k");
    expect(findApiKey({ given: "", netrc, baseUrl })).toBe(key);
    expect(findApiKey({ netrc, baseUrl: "https://wandb.example.org:8443" })).toBeNull();
    expect(findApiKey({ baseUrl })).toBeNull();
  });
});
