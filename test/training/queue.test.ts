import { describe, expect, it } from "vitest";
import { type QueueOptions, runQueue } from "../../src/training/queue.ts";

interface Job {
  readonly name: string;
  readonly priority: number;
}

/** Devices that are numbered, handed out once each, and remember what became of them. */
function devices(count: number, settles: (id: number) => boolean = () => true) {
  const free = Array.from({ length: count }, (_, id) => id);
  const released: number[] = [];
  const claim = async ({ max }: { max: number }) =>
    free.splice(0, max).map((id) => ({
      id,
      settle: async () => settles(id),
      release: async () => void released.push(id),
    }));
  return { claim, released };
}

type Held = Awaited<ReturnType<ReturnType<typeof devices>["claim"]>>[number];

/** A queue whose clock never wakes it: only ends of lanes and signals can. */
function queue(
  given: Pick<QueueOptions<Job, Held, string>, "jobs" | "claim" | "run"> &
    Partial<QueueOptions<Job, Held, string>>,
) {
  return runQueue<Job, Held, string>({
    priorityOf: (job) => job.priority,
    maxConcurrency: () => 8,
    pollMs: 1,
    signal: new AbortController().signal,
    clock: {
      now: () => 0,
      steady: () => 0,
      sleep: (_, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) resolve();
          else signal?.addEventListener("abort", () => resolve(), { once: true });
        }),
    },
    ...given,
  });
}

const jobs = (...names: string[]): Job[] => names.map((name) => ({ name, priority: 0 }));
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("runQueue", () => {
  it("starts lower priorities first, equal ones in their order", async () => {
    const order: string[] = [];
    await queue({
      jobs: [
        { name: "late", priority: 2 },
        { name: "first", priority: 0 },
        { name: "second", priority: 1 },
        { name: "third", priority: 1 },
      ],
      claim: devices(1).claim,
      run: async ({ name }) => {
        order.push(name);
        return name;
      },
    });
    expect(order).toEqual(["first", "second", "third", "late"]);
  });

  it("starts the next job the moment a device is free, without waiting for a poll", async () => {
    const ends = new Map<string, () => void>();
    const { claim } = devices(2);
    const done = queue({
      jobs: jobs("a", "b", "c"),
      claim,
      run: ({ name }) => new Promise((resolve) => ends.set(name, () => resolve(name))),
    });
    await turn();
    expect([...ends.keys()]).toEqual(["a", "b"]);
    ends.get("b")?.();
    await turn();
    expect([...ends.keys()]).toEqual(["a", "b", "c"]);
    ends.get("a")?.();
    ends.get("c")?.();
    expect((await done).results).toEqual(["b", "a", "c"]);
  });

  it("starts the next job when the device is free, also while the last one is still written down", async () => {
    const begun: string[] = [];
    let write: () => void = () => undefined;
    const written = new Promise<void>((resolve) => {
      write = resolve;
    });
    const done = queue({
      jobs: jobs("a", "b"),
      claim: devices(1).claim,
      run: async ({ name }, _, free) => {
        begun.push(name);
        free();
        if (name === "a") await written;
        return name;
      },
    });
    await turn();
    expect(begun).toEqual(["a", "b"]);
    write();
    expect((await done).results).toEqual(["b", "a"]);
  });

  it("never runs more than maxConcurrency and gives every device back", async () => {
    let running = 0;
    let most = 0;
    const { claim, released } = devices(8);
    const { results } = await queue({
      jobs: jobs(..."abcdefghij"),
      maxConcurrency: () => 3,
      claim,
      run: async ({ name }) => {
        running += 1;
        most = Math.max(most, running);
        await turn();
        running -= 1;
        return name;
      },
    });
    expect(results).toHaveLength(10);
    expect(most).toBe(3);
    expect(released.toSorted()).toEqual([0, 1, 2]);
  });

  it("follows the limit as it changes: a lane ends with its job, others are opened", async () => {
    let limit = 3;
    let running = 0;
    const atOnce: number[] = [];
    const { claim, released } = devices(3);
    const free = devices(3);
    const { results } = await queue({
      jobs: jobs(..."abcdefghi"),
      maxConcurrency: () => limit,
      clock: { now: () => 0, steady: () => 0, sleep: turn },
      claim: async (request) => (limit === 3 && released.length === 0 ? claim(request) : free.claim(request)),
      run: async ({ name }) => {
        running += 1;
        await turn();
        atOnce.push(running);
        if (name === "c") limit = 1;
        if (name === "f") limit = 2;
        await turn();
        running -= 1;
        return name;
      },
    });
    expect(results).toHaveLength(9);
    expect(atOnce.slice(0, 3)).toEqual([3, 3, 3]);
    expect(atOnce.slice(3, 5)).toEqual([1, 1]);
    expect(Math.max(...atOnce.slice(6))).toBe(2);
  });

  it("leaves a device that does not settle and goes on with another", async () => {
    const used: number[] = [];
    const { claim, released } = devices(2, (id) => id !== 0);
    const { results } = await queue({
      jobs: jobs("a", "b", "c"),
      maxConcurrency: () => 1,
      claim,
      run: async ({ name }, held) => {
        used.push(held.id);
        return name;
      },
    });
    expect(results).toEqual(["a", "b", "c"]);
    expect(used).toEqual([0, 1, 1]);
    expect(released).toEqual([0, 1]);
  });

  it("reports a job that threw and runs the others", async () => {
    const { broken, results } = await queue({
      jobs: jobs("a", "b", "c"),
      claim: devices(1).claim,
      run: async ({ name }) => {
        if (name === "b") throw new Error("no space");
        return name;
      },
    });
    expect(results).toEqual(["a", "c"]);
    expect(broken).toEqual([{ job: { name: "b", priority: 0 }, error: new Error("no space") }]);
  });

  it("starts nothing after the signal", async () => {
    const stop = new AbortController();
    const { unstarted, results } = await queue({
      jobs: jobs("a", "b", "c"),
      claim: devices(1).claim,
      signal: stop.signal,
      run: async ({ name }) => {
        stop.abort();
        return name;
      },
    });
    expect(results).toEqual(["a"]);
    expect(unstarted.map(({ name }) => name)).toEqual(["b", "c"]);
  });

  it("ends a wait for devices with the signal", async () => {
    const stop = new AbortController();
    const done = queue({
      jobs: jobs("a"),
      claim: async () => [],
      signal: stop.signal,
      run: async () => "never",
    });
    await turn();
    stop.abort();
    expect((await done).unstarted).toHaveLength(1);
  });

  it("throws what a claim throws, after the open lanes have ended", async () => {
    const { claim, released } = devices(1);
    const ended: string[] = [];
    let claims = 0;
    const failing = queue({
      jobs: jobs("a", "b"),
      clock: { now: () => 0, steady: () => 0, sleep: turn },
      claim: async (request) => {
        claims += 1;
        if (claims > 1) throw new Error("no driver");
        return claim(request);
      },
      run: async ({ name }) => {
        while (claims < 2) await turn();
        await turn();
        ended.push(name);
        return name;
      },
    });
    await expect(failing).rejects.toThrow("no driver");
    expect(ended).toEqual(["a", "b"]);
    expect(released).toEqual([0]);
  });

  it("takes jobs out that are withdrawn, also while no device is free", async () => {
    const withdrawn = new Set(["b", "c"]);
    const { results, unstarted } = await queue({
      jobs: jobs("a", "b", "c"),
      claim: devices(1).claim,
      run: async ({ name }) => name,
      isWithdrawn: ({ name }) => withdrawn.has(name),
      withdraw: async ({ name }) => `not ${name}`,
    });
    expect([...results].sort()).toEqual(["a", "not b", "not c"]);
    expect(unstarted).toEqual([]);
  });

  it("goes on with the others when a job cannot be withdrawn", async () => {
    const { results, broken } = await queue({
      jobs: jobs("a", "b", "c"),
      claim: devices(1).claim,
      run: async ({ name }) => name,
      isWithdrawn: ({ name }) => name !== "a",
      withdraw: async ({ name }) => {
        if (name === "b") throw new Error("disk full");
        return `not ${name}`;
      },
    });
    expect([...results].sort()).toEqual(["a", "not c"]);
    expect(broken.map(({ job }) => job.name)).toEqual(["b"]);
  });

  it("ends without a device when nothing is left to wait for", async () => {
    const { results } = await queue({
      jobs: jobs("a"),
      claim: devices(0).claim,
      run: async ({ name }) => name,
      isWithdrawn: () => true,
      withdraw: async ({ name }) => `not ${name}`,
    });
    expect(results).toEqual(["not a"]);
  });
});
