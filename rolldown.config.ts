import { defineConfig } from "rolldown";

/**
 * One run, three entries. Code that several entries need lands in shared chunks, and what is imported with `import()` is
 * loaded only when it is used, so a wake-up with nothing to do reads little.
 */
export default defineConfig({
  input: { action: "src/action.ts", cli: "src/cli.ts", rehearsal: "src/embedded/rehearsal.ts" },
  platform: "node",
  output: {
    dir: "dist",
    format: "esm",
    minify: true,
    cleanDir: true,
    entryFileNames: "[name].js",
    chunkFileNames: "chunk-[name]-[hash].js",
    legalComments: "inline",
  },
});
