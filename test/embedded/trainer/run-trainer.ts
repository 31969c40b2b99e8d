import { processHost } from "../../../src/embedded/trainer/host.ts";
import { runTrainer } from "../../../src/embedded/trainer/trainer.ts";

/** The process that the tests spawn. */
process.exitCode = await runTrainer(processHost(process, process.argv.slice(2)));
