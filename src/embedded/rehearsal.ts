#!/usr/bin/env node
import { stderr } from "node:process";

/** Embedded services and what is rehearsed on them. `demo [--keep DIR]`, or `trainer …` as the box starts it. */
async function main([name, ...args]: readonly string[]): Promise<void> {
  if (name === "trainer") {
    const [{ runTrainer }, { processHost }] = await Promise.all([
      import("./trainer/trainer.ts"),
      import("./trainer/host.ts"),
    ]);
    process.exitCode = await runTrainer(processHost(process, args));
    return;
  }
  if (name !== "demo") {
    stderr.write("rehearsal: say `demo` or `trainer`.\n");
    process.exitCode = 2;
    return;
  }
  const { demo } = await import("./demo/demo.ts");
  const [option, keep] = args;
  process.exitCode = await demo({
    ...(option === "--keep" && keep ? { keep } : {}),
    say: (line) => stderr.write(`${line}\n`),
  });
}

main(process.argv.slice(2)).catch((thrown: unknown) => {
  stderr.write(`rehearsal: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exitCode = 1;
});
