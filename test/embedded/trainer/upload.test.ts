import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { further } from "../../acceptance/thorough.ts";
import { type IngestServer, startIngestServer } from "./ingest-server.ts";
import { createBox, lastLine, runFiles, type TrainerBox } from "./spawned-trainer.ts";

const KEY = "k".repeat(40);
const ARGS = [
  "--steps=60",
  "--log_freq=20",
  "--eval_freq=20",
  "--job_name=trial",
  "--wandb.mode=online",
  "--wandb.project=tiny",
];

let box: TrainerBox;
let server: IngestServer;
beforeAll(async () => {
  box = await createBox();
});
beforeEach(async () => {
  server = await startIngestServer();
});
afterEach(() => server.close());
afterAll(() => box.remove());

function start(
  name: string,
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {},
) {
  const online = { WANDB_BASE_URL: `${server.url}/`, WANDB_API_KEY: KEY, WANDB_RUN_GROUP: "round-7", ...env };
  return box.start([box.config(name), `--output_dir=${name}`, ...ARGS, ...args], online);
}

describe("an online run", () => {
  it("upserts the run as the SDK does, then streams every row and the exit code", async () => {
    const { code, stderr } = await start("fresh", { args: ["--wandb.run_id=a123456789"] }).ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(new RegExp(`Track this run --> ${server.url}/me/tiny/runs/a123456789$`, "m"));
    const [upsert, ...streams] = server.requests;
    expect(upsert).toMatchObject({
      path: "/graphql",
      authorization: `Basic ${Buffer.from(`api:${KEY}`).toString("base64")}`,
      body: {
        operationName: "UpsertBucket",
        variables: {
          name: "a123456789",
          displayName: "trial",
          groupName: "round-7",
          project: "tiny",
          tags: ["policy:act", "seed:42", "dataset:rehearsal/insert_tube_20ep"],
          jobType: "train_eval",
        },
      },
    });
    const config = JSON.parse(upsert?.body.variables.config);
    expect(config.ot.value.loss_config.features).toHaveLength(4);
    expect(config.steps.value).toBe(60);
    expect(streams.every(({ path }) => path === "/files/me/tiny/a123456789/file_stream")).toBe(true);
    expect(streams.at(-1)?.body).toMatchObject({ complete: true, exitcode: 0 });
    expect(server.history.map((line) => JSON.parse(line)._step)).toEqual([20, 40, 60]);
    const summary = JSON.parse(streams.at(-1)?.body.files["wandb-summary.json"].content[0]);
    expect(summary).toMatchObject({
      _step: 60,
      "eval/offline_eval/n_batches": 20,
      _wandb: { runtime: expect.any(Number) },
    });
  });

  it("uploads every second, a row only once the next one is open", async () => {
    const trainer = start("live", {
      args: ["--steps=100000", "--save_checkpoint=false"],
      env: { TINY_STEP_MS: "20" },
    });
    await trainer.seen(/step:80 /);
    const seen = await waitFor(() => server.history.length > 0 && server.history.length);
    expect(seen).toBeGreaterThan(0);
    trainer.child.kill("SIGINT");
    expect(await trainer.ended).toMatchObject({ signal: "SIGINT" });
    expect(server.requests.at(-1)?.body).toMatchObject({ complete: true, exitcode: 255 });
  });

  it("sends bare NaN tokens inside the lines", async () => {
    await start("nan", { env: { TINY_NAN_AT: "5" } }).ended;
    expect(server.history.at(-1)).toMatch(/"train\/loss":NaN[,}]/);
    expect(server.requests.at(-1)?.body).toMatchObject({ complete: true, exitcode: 0 });
  });

  it("ends with exit code 1 on the server when training fails", async () => {
    expect((await start("crash", { env: { TINY_FAIL_AT: "30" } }).ended).code).toBe(1);
    expect(server.requests.at(-1)?.body).toMatchObject({ complete: true, exitcode: 1 });
  });

  it("stops when the server asks for it", async () => {
    server.answer = { stopped: true };
    const args = ["--steps=1000000", "--save_checkpoint=false"];
    const { signal, stderr } = await start("stopped", { args }).ended;
    expect(signal).toBe("SIGINT");
    expect(lastLine(stderr)).toBe("KeyboardInterrupt");
  });

  further("goes on training when the server dies, and says at the end that rows are missing", async () => {
    const trainer = start("orphan", { args: ["--steps=400", "--log_freq=50"], env: { TINY_STEP_MS: "1" } });
    await trainer.seen(/step:50 /);
    await server.close();
    const { code, stderr } = await trainer.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /End of training\nwandb: WARNING The run did not reach the server completely\.\n$/,
    );
  });
});

describe("an online run that cannot start", () => {
  it("without a key", async () => {
    const { code, stderr } = await start("nokey", { env: { WANDB_API_KEY: "" } }).ended;
    expect(code).toBe(1);
    expect(lastLine(stderr)).toBe(
      "wandb.errors.errors.UsageError: No API key configured. Use `wandb login` to log in.",
    );
    expect(runFiles(join(box.folder, "nokey"))).toEqual([]);
  });

  it("without a server: gives up after the init timeout, and leaves a file without history", async () => {
    const env = { WANDB_BASE_URL: "http://127.0.0.1:9", WANDB_INIT_TIMEOUT: "1" };
    const { code, stderr } = await start("down", { env }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^wandb.errors.errors.CommError: Timed out initializing run: POST http:\/\/127.0.0.1:9\/graphql/m,
    );
    expect(stderr).not.toMatch(/step:/);
    expect(runFiles(join(box.folder, "down"))).toHaveLength(1);
  });

  it("without WANDB_BASE_URL: synthetic runs stay out of real projects", async () => {
    const { code, stderr } = await start("nowhere", { env: { WANDB_BASE_URL: "" } }).ended;
    expect(code).toBe(1);
    expect(lastLine(stderr)).toContain("uploads only to a server that WANDB_BASE_URL names");
  });
});

describe("an online resume", () => {
  it("continues the numbering and drops rows that the server has", async () => {
    await start("base", { args: ["--save_freq=20"] }).ended;
    await server.close();
    const tail = JSON.stringify([JSON.stringify({ _step: 60 })]);
    server = await startIngestServer({
      bucket: { wandbConfig: '{"t":1}', historyLineCount: 3, historyTail: tail },
    });
    const path = "base/checkpoints/000020/pretrained_model/train_config.json";
    const env = { WANDB_BASE_URL: server.url, WANDB_API_KEY: KEY };
    const { code } = await box.start([`--config_path=${path}`, "--resume=true", "--steps=100"], env).ended;
    expect(code).toBe(0);
    expect(server.history.slice(3).map((line) => JSON.parse(line)._step)).toEqual([80, 100]);
  });

  it("refuses a run that the server does not know", async () => {
    await start("lost", { args: ["--wandb.run_id=nosuch01"] }).ended;
    const path = "lost/checkpoints/last/pretrained_model/train_config.json";
    const env = { WANDB_BASE_URL: server.url, WANDB_API_KEY: KEY };
    const { code, stderr } = await box.start([`--config_path=${path}`, "--resume=true", "--steps=100"], env)
      .ended;
    expect(code).toBe(1);
    expect(lastLine(stderr)).toContain(
      "is not a valid option for resuming the run (nosuch01) that has not been initialized",
    );
  });
});

/** Waits until `look` finds something. */
async function waitFor<T>(look: () => T | false): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== false) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
