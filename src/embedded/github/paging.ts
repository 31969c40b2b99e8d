import type { Hub } from "./hub.ts";
import type { Json } from "./json.ts";
import type { Reply } from "./reply.ts";
import type { ApiRequest } from "./router.ts";

export interface Page<T> {
  readonly items: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
}

const DEFAULT_SIZE = 30;
const LARGEST_SIZE = 100;

/** Cuts one page out of a list and says in `link` where the others are; `path` is relative to the repository. */
export function pageOf<T>(hub: Hub, request: ApiRequest, path: string, all: readonly T[]): Page<T> {
  const size = Math.min(positive(request.query.get("per_page"), DEFAULT_SIZE), LARGEST_SIZE);
  const page = positive(request.query.get("page"), 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const address = (to: number): string => {
    const query = new URLSearchParams(request.query);
    query.set("page", String(to));
    return `<${hub.urls.repo}/${path}?${query}>`;
  };
  const links = [
    ...(page > 1 ? [`${address(page - 1)}; rel="prev"`, `${address(1)}; rel="first"`] : []),
    ...(page < last ? [`${address(page + 1)}; rel="next"`, `${address(last)}; rel="last"`] : []),
  ];
  return {
    items: all.slice((page - 1) * size, page * size),
    headers: links.length === 0 ? {} : { link: links.join(", ") },
  };
}

/** A plain list, one page of it, each item drawn as JSON. */
export async function listReply<T>(
  hub: Hub,
  request: ApiRequest,
  list: {
    readonly path: string;
    readonly all: readonly T[];
    readonly show: (item: T) => Json | Promise<Json>;
  },
): Promise<Reply> {
  const { items, headers } = pageOf(hub, request, list.path, list.all);
  return { status: 200, headers, body: await Promise.all(items.map(list.show)) };
}

function positive(text: string | null, otherwise: number): number {
  const value = Number(text ?? Number.NaN);
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}
