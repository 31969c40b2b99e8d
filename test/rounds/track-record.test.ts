import { describe, expect, it } from "vitest";
import { say } from "../../src/judgement/texts.ts";
import { type CheckedPrediction, LedgerEvent } from "../../src/rounds/events.ts";
import { foldLedger } from "../../src/rounds/history.ts";
import { trackRecord } from "../../src/rounds/track-record.ts";
import { say as event } from "./fixtures.ts";

const checked = (trial: string, rule: string, inside: boolean): CheckedPrediction => ({
  trial,
  rule,
  metric: "train/ot_pi_sum",
  value: 0.12,
  low: 0.1,
  high: 0.15,
  observed: inside ? 0.13 : 0.3,
  margin: 0.01,
  inside,
});

const reported = (round: string, predictions: readonly CheckedPrediction[], attempts = 1) => ({
  ...event.reported(round, Array(attempts).fill(`${round}a-s42:1`)),
  predictions: [...predictions],
});

const lines = (record: ReturnType<typeof trackRecord>) => record.map(({ text }) => say(text, "en"));

describe("trackRecord", () => {
  it("adds up all rounds, per rule", () => {
    const history = foldLedger([
      reported("0002", [checked("0002a-s42", "ot-lift", true), checked("0002b-s42", "explorer", false)]),
      reported("0003", [checked("0003a-s42", "ot-lift", false)]),
    ]);
    expect(lines(trackRecord(history))).toEqual([
      "explorer: 0 of 1 predictions inside the interval",
      "ot-lift: 1 of 2 predictions inside the interval",
    ]);
  });

  it("counts a round that was reported again once, by its newest report", () => {
    const history = foldLedger([
      reported("0002", [checked("0002a-s42", "ot-lift", false)]),
      reported("0002", [checked("0002a-s42", "ot-lift", true), checked("0002b-s42", "ot-lift", true)], 2),
    ]);
    expect(lines(trackRecord(history))).toEqual(["ot-lift: 2 of 2 predictions inside the interval"]);
  });

  it("takes what is being reported in place of what the ledger has of that round", () => {
    const history = foldLedger([reported("0002", [checked("0002a-s42", "ot-lift", false)])]);
    const also = [checked("0002a-s42", "ot-lift", true)];
    expect(lines(trackRecord(history, { except: "0002", also }))).toEqual([
      "ot-lift: 1 of 1 predictions inside the interval",
    ]);
  });
});

describe("a reported event", () => {
  it("of an older ledger carries no predictions", () => {
    const { predictions: _, ...old } = reported("0001", []);
    expect(LedgerEvent.parse(old)).toMatchObject({ predictions: [] });
  });
});
