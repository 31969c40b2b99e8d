import type { PythonFacts } from "../../../src/training/preflight/python-probe.ts";

/** A machine on which everything is as the trainer wants it. */
export const FACTS: PythonFacts = {
  python: "3.11.9",
  module: "found",
  wandb: "0.21.4",
  get_url: true,
  pot: "0.9.5",
  torch: "2.7.1",
  cuda: null,
  server: null,
};

export const SERVER: NonNullable<PythonFacts["server"]> = {
  host: "api.wandb.ai",
  key: true,
  proxied: false,
  status: 200,
  error: null,
};
