import { curvesOf, type LogCurve, type LoggedCurve } from "../wire/trainer-curves.ts";
import type { TrainerEvent } from "../wire/trainer-log.ts";
import type { Sentinel } from "../wire/trainer-sentinels.ts";
import type { StopRequest } from "./stop.ts";
import { nonFiniteEvidence } from "./watch.ts";

/** What is kept of an attempt's events: a flood of NaN lines adds nothing to it. */
export interface Digest {
  readonly curves: Readonly<Record<LogCurve, LoggedCurve>>;
  /** Last step that was seen in any line; null when training never got that far. */
  readonly lastStep: number | null;
  readonly runUrl: string | null;
  /** First line of each kind. */
  readonly sentinels: ReadonlyMap<Sentinel, string>;
  /** Where values stopped being finite, null when all of them are. */
  readonly nonFinite: StopRequest["evidence"] | null;
  /** The trainer said that it came to its end. */
  readonly ended: boolean;
}

export interface DigestBuilder {
  add(event: TrainerEvent): void;
  read(): Digest;
}

export function digestBuilder(): DigestBuilder {
  const points: TrainerEvent[] = [];
  const sentinels = new Map<Sentinel, string>();
  let lastStep: number | null = null;
  let runUrl: string | null = null;
  let nonFinite: StopRequest["evidence"] | null = null;
  let ended = false;
  return {
    add: (event) => {
      nonFinite ??= nonFiniteEvidence(event);
      switch (event.kind) {
        case "step":
        case "eval":
          points.push(event);
          lastStep = Math.max(lastStep ?? 0, event.step);
          break;
        case "checkpoint":
          lastStep = Math.max(lastStep ?? 0, event.step);
          break;
        case "sentinel":
          if (!sentinels.has(event.sentinel)) sentinels.set(event.sentinel, event.line);
          break;
        case "tracked":
          runUrl = event.url;
          break;
        case "ended":
          ended = true;
          break;
        case "started":
          break;
      }
    },
    read: () => ({
      curves: curvesOf(points),
      lastStep,
      runUrl,
      sentinels: new Map(sentinels),
      nonFinite,
      ended,
    }),
  };
}
