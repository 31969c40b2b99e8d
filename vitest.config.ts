import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    maxWorkers: 2,
    // Real processes, signals and clocks on a shared machine: one more try there, and the report says that it was needed.
    retry: process.env["CI"] ? 1 : 0,
    // Modules hold no state, so files may share a worker: loading them anew for every file took half of the suite's time.
    isolate: false,
  },
});
