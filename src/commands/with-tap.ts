import { join } from "node:path";
import type { House } from "../house.ts";
import { proxiedFetch } from "../proxied-fetch.ts";
import { DEFAULT_BASE_URL } from "../runs/wandb-http.ts";
import type { LaunchPorts } from "../training/launch-options.ts";
import { replayStored } from "../training/tap/replay.ts";
import { startTap } from "../training/tap/tap.ts";

export interface TapOptions {
  readonly ports: LaunchPorts;
  readonly stateDir: string;
  readonly signal: AbortSignal;
}

/**
 * Runs `use` with the live tap in the ports where the settings ask for it: the trainers log to this process, which passes everything
 * on to W&B. What an earlier launch could not deliver is delivered first.
 */
export async function withTap<Result>(
  house: House,
  { ports, stateDir, signal }: TapOptions,
  use: (ports: LaunchPorts) => Promise<Result>,
): Promise<Result> {
  const { trainer, source } = house.settings;
  if (!trainer.tap) return use(ports);
  const apiKey = ports.environment["WANDB_API_KEY"];
  const baseUrl = source.base_url ?? ports.environment["WANDB_BASE_URL"] ?? DEFAULT_BASE_URL;
  const upstream = trainer.wandb_mode === "online" && apiKey ? { baseUrl, apiKey } : null;
  const storeDir = join(stateDir, "tap");
  const { clock } = ports;
  const fetch = proxiedFetch(ports.environment);
  if (upstream) {
    const { sent, left } = await replayStored({ storeDir, upstream, fetch, clock, signal });
    if (sent > 0) house.progress.say(`tap: ${sent} stored requests were delivered to W&B`);
    for (const { runId, requests, why } of left)
      house.progress.say(`tap: ${requests} requests of ${runId} wait: ${why}`);
  }
  const tap = await startTap({ upstream, storeDir, fetch, clock, onNote: house.progress.say });
  try {
    return await use({ ...ports, tap });
  } finally {
    await tap.close();
  }
}
