/** The probe in a real Python, which needs nothing but its standard library. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { commandRunner } from "../../../src/training/command-runner.ts";
import { probePython } from "../../../src/training/preflight/python-probe.ts";
import { scratch } from "../real-ports.ts";

const python = findPython();
if (python === null) console.warn("python-probe.test.ts: skipped, there is no python3 here");

describe.skipIf(python === null)("probePython", () => {
  const probe = (options: {
    folder: string;
    env?: Record<string, string>;
    server?: string;
    module?: string;
  }) =>
    probePython({
      run: commandRunner({}),
      signal: new AbortController().signal,
      command: [python ?? "", "-m", options.module ?? "not_installed.train"],
      cwd: options.folder,
      env: { PATH: process.env["PATH"] ?? "", HOME: options.folder, ...options.env },
      wants: { cuda: true, server: options.server ?? null },
    });

  it("says what is installed and what is not", async () => {
    const folder = scratch(onTestFinished);
    fakePackage(folder, "POT", "0.9.7.post1");
    fakePackage(folder, "wandb", "0.21.4");
    mkdirSync(join(folder, "lerobot/scripts"), { recursive: true });
    for (const name of ["__init__", "scripts/__init__", "scripts/lerobot_train"])
      writeFileSync(join(folder, "lerobot", `${name}.py`), "");
    const module = "lerobot.scripts.lerobot_train";
    expect(await probe({ folder, module, env: { PYTHONPATH: folder } })).toMatchObject({
      kind: "facts",
      module,
      facts: {
        python: expect.stringMatching(/^3\.\d+\.\d+$/),
        module: "found",
        pot: "0.9.7.post1",
        wandb: "0.21.4",
        get_url: null,
        server: null,
      },
    });
    expect(await probe({ folder })).toMatchObject({ facts: { module: "missing" } });
  });

  it("counts GPUs as PyTorch does, or tells why not", async () => {
    const folder = scratch(onTestFinished);
    mkdirSync(join(folder, "torch"));
    const program =
      "class cuda:\n  is_available = staticmethod(lambda: True)\n  device_count = staticmethod(lambda: 3)\n";
    writeFileSync(join(folder, "torch/__init__.py"), `${program}class version:\n  cuda = "12.6"\n`);
    const env = { PYTHONPATH: folder };
    expect(await probe({ folder, env })).toMatchObject({ facts: { cuda: { visible: 3, build: "12.6" } } });
    writeFileSync(join(folder, "torch/__init__.py"), "raise OSError('libcudart.so.12')\n");
    expect(await probe({ folder, env })).toMatchObject({
      facts: { cuda: { visible: 0, error: "OSError: libcudart.so.12" } },
    });
  });

  it("reaches W&B as the trainer would: through its proxy, with its key, and the loopback without either", async () => {
    const folder = scratch(onTestFinished);
    const { url, seen } = await listener();
    const direct = await probe({ folder, server: url, env: { http_proxy: "http://127.0.0.1:1" } });
    expect(direct).toMatchObject({
      facts: { server: { status: 204, key: false, proxied: false, error: null } },
    });
    const env = { http_proxy: url, WANDB_API_KEY: "k" };
    const proxied = await probe({ folder, server: "http://wandb.invalid/", env });
    expect(proxied).toMatchObject({ facts: { server: { status: 204, key: true, proxied: true } } });
    expect(seen).toEqual(["/", "http://wandb.invalid/"]);
    writeFileSync(join(folder, ".netrc"), "machine 127.0.0.1\n  login user\n  password k\n", { mode: 0o600 });
    const down = await probe({ folder, server: "http://127.0.0.1:1/" });
    expect(down).toMatchObject({ facts: { server: { key: true, status: null, error: expect.any(String) } } });
  });

  it("is told from a Python that breaks and from none at all", async () => {
    const folder = scratch(onTestFinished);
    writeFileSync(join(folder, "json.py"), "raise RuntimeError('shadowed')\n");
    const broken = await probe({ folder, env: { PYTHONPATH: folder } });
    expect(broken).toEqual({ kind: "broken", why: "exit code 1, RuntimeError: shadowed" });
    const none = await probePython({
      run: commandRunner({}),
      signal: new AbortController().signal,
      command: ["no-such-python"],
      cwd: folder,
      env: {},
      wants: { cuda: false, server: null },
    });
    expect(none).toEqual({ kind: "no-python", why: "there is no program no-such-python" });
  });
});

/** As an installer leaves it, so that its version is known. */
function fakePackage(folder: string, name: string, version: string): void {
  const info = join(folder, `${name}-${version}.dist-info`);
  mkdirSync(info);
  writeFileSync(join(info, "METADATA"), `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`);
}

async function listener() {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url);
    response.writeHead(204).end();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen };
}

/** The program itself: a shim on PATH may not work with another HOME. */
function findPython(): string | null {
  try {
    return execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}
