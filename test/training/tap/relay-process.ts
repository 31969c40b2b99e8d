/** A tap in a process of its own: `node program.mjs <run> <upstream> <key> <store>`. Says with which variables to log. */
import { startTap } from "../../../src/training/tap/tap.ts";
import { realClock } from "../real-ports.ts";

const [runId = "", baseUrl = "", apiKey = "", storeDir = ""] = process.argv.slice(2);
const tap = await startTap({
  upstream: baseUrl === "none" ? null : { baseUrl, apiKey },
  storeDir,
  fetch,
  clock: realClock,
  retryMs: 200,
  onRow: ({ line }) => process.stdout.write(`row ${line}\n`),
});
process.stdout.write(`${JSON.stringify(tap.environment(runId))}\n`);
