import { describe, expect, it } from "vitest";
import { SUMMARY_LIMITS } from "../../src/report/budget.ts";
import { renderJobSummary } from "../../src/report/summary.ts";
import { analysis, manifest, runAnalysis, sampleVoice } from "./samples.ts";

describe("renderJobSummary", () => {
  it("shows an analysis without the report's marker", () => {
    const text = renderJobSummary(
      { kind: "analysis", analysis: analysis(), topic: "first look", date: "2026-01-05" },
      sampleVoice(),
    );
    expect(text).toMatch(/^## autoloop analysis: first look \(2026-01-05\)\n\n- Source/);
    expect(text).toContain("### run_a (abc123)");
    expect(text).not.toContain("<!--");
  });

  it("leaves out whole runs where GitHub would abort the upload, and counts them", () => {
    const runs = Array.from({ length: 2000 }, (_value, index) => runAnalysis(`run_${index}`));
    const text = renderJobSummary(
      { kind: "analysis", analysis: analysis(runs), topic: "all", date: "2026-01-05" },
      sampleVoice(),
    );
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(SUMMARY_LIMITS.bytes);
    expect(Buffer.byteLength(text)).toBeGreaterThan(SUMMARY_LIMITS.bytes * 0.9);
    expect(text).toContain("### run_0 (");
    expect(text).not.toContain("### run_1999 (");
    expect(text).toMatch(/Left out because a job summary may hold 1 MiB: run run\\?_\d+, .*\+ \d+/);
  });

  it("shows a proposal, a round and a status", () => {
    const proposal = {
      manifest: manifest(),
      manifestSha256: "00",
      variants: [],
      warnings: [],
      mode: "train" as const,
    };
    expect(renderJobSummary({ kind: "proposal", proposal }, sampleVoice())).toMatch(
      /^## autoloop round 0007: 1 variant\n/,
    );
    const report = { manifest: manifest(), reviewed: [], trials: [], record: [], next: [] };
    expect(renderJobSummary({ kind: "round", report, date: "2026-01-06" }, sampleVoice("zh"))).toContain(
      "### 尝试内容",
    );
    const status = { rounds: [], obstacles: [], requests: [], heartbeat: null };
    expect(renderJobSummary({ kind: "status", status }, sampleVoice())).toContain("There is no round yet.");
  });
});
