import { defineConfig } from "rolldown";

/**
 * One run, three entries. Code that several entries need lands in shared chunks, and what is imported with `import()` is
 * loaded only when it is used, so a wake-up with nothing to do reads little.
 */
export default defineConfig({
  input: { action: "src/action.ts", cli: "src/cli.ts", rehearsal: "src/embedded/rehearsal.ts" },
  platform: "node",
  // jsonc-parser's CommonJS build requires its parts through a variable, which no bundler can follow.
  resolve: { mainFields: ["module", "main"] },
  treeshake: {
    // What nobody uses of them, an HTTP client among it, would be loaded at every start because they do not say that they may go.
    moduleSideEffects: [{ test: /node_modules\/@actions\//, sideEffects: false }],
  },
  output: {
    dir: "dist",
    format: "esm",
    minify: true,
    cleanDir: true,
    entryFileNames: "[name].js",
    chunkFileNames: "chunk-[name]-[hash].js",
    comments: { legal: true },
  },
});
