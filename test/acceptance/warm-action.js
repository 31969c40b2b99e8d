// The built action again and again in one process, so that its code is loaded and compiled once: every message is a job with an
// environment of its own, and the job is over when nothing in it waits for anything any more.

let jobs = 0;
let log = null;

process.on("message", ({ action, env }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = 0;
  log = "";
  process.stdout.write = process.stderr.write = (text, ...rest) => {
    log += text;
    rest.find((each) => typeof each === "function")?.();
    return true;
  };
  process.channel.unref();
  import(`${action}?job=${jobs++}`).catch((cause) => {
    log += `${cause?.stack}\n`;
    process.exitCode = 1;
  });
});

process.on("beforeExit", (exit) => {
  if (log === null) return;
  process.removeAllListeners("SIGINT").removeAllListeners("SIGTERM");
  process.send({ exit: Number(exit ?? 0), log });
  log = null;
  process.channel.ref();
});
