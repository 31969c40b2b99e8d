import type { Analysis } from "../judgement/analysis.ts";
import { fitParts, type Part, SUMMARY_LIMITS } from "./budget.ts";
import { md, sourceOf } from "./escape.ts";
import { blocks } from "./markdown.ts";
import type { RoundProposal, RoundReport, StatusReport } from "./models.ts";
import { proposalParts, pullRequestTitle } from "./pull-request.ts";
import { roundBlocks } from "./round-section.ts";
import { overviewTable } from "./run-parts.ts";
import { analysisFacts, runBlock } from "./section.ts";
import { statusBlocks } from "./status.ts";
import type { Voice } from "./voice.ts";

/** What a workflow job may have to tell on its summary page. */
export type JobReport =
  | { readonly kind: "analysis"; readonly analysis: Analysis; readonly topic: string; readonly date: string }
  | { readonly kind: "proposal"; readonly proposal: RoundProposal }
  | { readonly kind: "round"; readonly report: RoundReport; readonly date: string }
  | { readonly kind: "status"; readonly status: StatusReport };

/** The job's summary page, within what GitHub accepts: what does not fit is left out whole and named. */
export function renderJobSummary(job: JobReport, voice: Voice): string {
  const { text } = fitParts({
    parts: partsOf(job, voice),
    limits: SUMMARY_LIMITS,
    notice: (names) => sourceOf(voice.md("summary.left-out", { names: names.join(", ") })),
  });
  return `${text}\n`;
}

function partsOf(job: JobReport, voice: Voice): readonly Part[] {
  switch (job.kind) {
    case "analysis":
      return analysisParts(job, voice);
    case "proposal":
      return [
        { name: "", text: sourceOf(md`## ${pullRequestTitle(job.proposal)}`), spare: 0 },
        ...proposalParts(job.proposal, voice),
      ];
    case "round": {
      const { round } = job.report.manifest;
      const heading = md`## ${voice.md("round.heading", { round, date: job.date })}`;
      return [
        { name: "", text: sourceOf(heading), spare: 0 },
        ...roundBlocks(job.report, voice).flatMap((block) =>
          block === null ? [] : [{ name: voice.plain("heading.findings"), text: sourceOf(block), spare: 1 }],
        ),
      ];
    }
    case "status":
      return [
        {
          name: "",
          text: sourceOf(blocks([md`## ${voice.md("status.heading")}`, statusBlocks(job.status, voice)])),
          spare: 0,
        },
      ];
  }
}

function analysisParts(
  { analysis, topic, date }: Extract<JobReport, { kind: "analysis" }>,
  voice: Voice,
): readonly Part[] {
  const heading = blocks([
    md`## ${voice.md("analysis.heading", { topic, date })}`,
    analysisFacts(analysis, voice),
  ]);
  return [
    { name: "", text: sourceOf(heading), spare: 0 },
    { name: voice.plain("heading.overview"), text: sourceOf(overviewTable(analysis.runs, voice)), spare: 1 },
    ...analysis.runs.map((run) => ({
      name: voice.plain("part.run", { id: run.run.label }),
      text: sourceOf(runBlock(run, voice)),
      spare: 2,
    })),
  ];
}
