import type { Notice } from "../rounds/notices.ts";
import type { Voice } from "./voice.ts";

/** One plain line for a chat. */
export function sayNotice(
  notice: Notice,
  { voice, repository, url }: { voice: Voice; repository: string; url: string },
): string {
  const about = { repository, url };
  switch (notice.kind) {
    case "opened":
      return voice.plain("notice.opened", { ...about, round: notice.round });
    case "ended": {
      const { round, finished, trials } = notice;
      return voice.plain("notice.ended", { ...about, round, finished, trials });
    }
    case "failed": {
      const { trial, times, reason } = notice;
      return voice.plain("notice.failed", { ...about, trial, times, reason });
    }
    case "paused":
      return voice.plain("notice.paused", { repository, by: notice.by });
  }
}
