import { defineConfig } from "vitest/config";

const server = process.env["DRAWING_CHAT_DEV_SERVER"] ?? "http://127.0.0.1:8000";
// The Host header stays the browser's: the server compares it with Origin.
const proxied = { target: server, changeOrigin: false };

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: {
    port: 5173,
    proxy: {
      "/api": proxied,
      "/iiif": proxied,
      "/health": proxied,
      "/ready": proxied,
      "/ws": { ...proxied, ws: true },
    },
  },
  build: {
    outDir: "dist",
    assetsDir: "assets",
    // Nothing as a data: URI: the page's policy stays short.
    assetsInlineLimit: 0,
    target: "es2022",
  },
  test: {
    environment: "jsdom",
    setupFiles: ["tests/setup.ts"],
    // One document for all files: making one costs more than the tests. Each resets its state.
    isolate: false,
    // A busy machine: a test that hangs still ends.
    testTimeout: 60_000,
    include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"],
  },
});
