import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Those against hosts mostly wait: more files at a time than there are processors.
    maxWorkers: 5,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What is polled for comes at once, or late on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    reporters: ["default", "./test/summary-reporter.ts"],
    projects: [
      // Pure, most of them: starting a worker for each file would take longer than they do.
      { extends: true, test: { name: "unit", include: ["test/unit/**/*.test.{ts,tsx}"], isolate: false } },
      { extends: true, test: { name: "hosts", include: ["test/{contract,integration}/**/*.test.ts"] } },
      {
        extends: true,
        test: { name: "e2e", include: ["test/e2e/**/*.test.ts"], globalSetup: ["test/e2e/module-store.ts"] },
      },
    ],
  },
});
