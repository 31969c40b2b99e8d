import type { ProxyAgent } from "undici";
import { AutoloopError } from "./errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `fetch` that goes through the proxy which the environment names, by the rules that the GitHub client has too. undici's
 * own EnvHttpProxyAgent warns on stderr, and looks at the process's environment behind the caller's back.
 */
export function proxiedFetch(env: Environment): typeof globalThis.fetch {
  const agentOf = proxyAgents();
  return async (target, init) => {
    const url = new URL(target instanceof Request ? target.url : target);
    const proxy = proxyFor(url, env);
    if (!proxy) return fetch(target, init);
    const undici = await httpLibrary();
    return undici.fetch(url, { ...init, dispatcher: agentOf(proxy, undici.ProxyAgent) });
  };
}

/** Loaded when it is needed: most machines have no proxy, and Node's own fetch does without this library. */
export function httpLibrary() {
  return import("undici");
}

/** One agent per proxy, which keeps its connections. */
export function proxyAgents(): (proxy: URL, Agent: typeof ProxyAgent) => ProxyAgent {
  const agents = new Map<string, ProxyAgent>();
  return (proxy, Agent) => {
    const known = agents.get(proxy.href);
    if (known) return known;
    const { username, password } = proxy;
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const token = username || password ? `Basic ${Buffer.from(login).toString("base64")}` : undefined;
    const agent = new Agent({ uri: proxy.origin, ...(token && { token }) });
    agents.set(proxy.href, agent);
    return agent;
  };
}

/** The proxy for a request; null = it goes straight to its server. */
export function proxyFor(url: URL, env: Environment): URL | null {
  const named = (name: string) => env[name.toLowerCase()] || env[name] || null;
  if (isLoopback(url.hostname) || isExempt(url, named("NO_PROXY") ?? "")) return null;
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const own = named(name);
  if (own) return httpProxy(own) ?? refuse(name);
  // Often a SOCKS proxy for other programs.
  return httpProxy(named("ALL_PROXY"));
}

/** `host:port` is an HTTP proxy too. null = none, or of another kind. */
function httpProxy(written: string | null): URL | null {
  if (!written) return null;
  const address = written.includes("://") ? written : `http://${written}`;
  return /^https?:/i.test(address) && URL.canParse(address) ? new URL(address) : null;
}

/** The value is not repeated: it may hold a password. */
function refuse(name: string): never {
  throw new AutoloopError("runs.bad-proxy", {
    what: `${name} is not the address of an HTTP proxy.`,
    next: "Write it as http://host:port, or list the server in NO_PROXY.",
  });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}

/** NO_PROXY: hosts or domains, with or without a leading dot or a port; `*` = all. */
function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const ownPort = port || (protocol === "https:" ? "443" : "80");
  const entries = list.split(/[\s,]+/).filter((entry) => entry !== "");
  return entries.some((entry) => {
    if (entry === "*") return true;
    const [, domain = "", entryPort = ownPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    return entryPort === ownPort && (hostname === domain || hostname.endsWith(`.${domain}`));
  });
}
