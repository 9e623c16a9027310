import { defineConfig } from "vitest/config";

/** Half a million broken messages. Two of them run side by side. */
const fuzz = (name: string) => ({
  test: { name, include: ["test/codec/fuzz/*.test.ts"], env: { NLINK_FUZZ: "500000" } },
});

// unit runs anywhere; kernel needs Linux, root and koffi, and works in namespaces of its own; vm is what needs the full kernel, and is
// run with kernel inside the emulator by test/vm/run.
export default defineConfig({
  test: {
    reporters: ["default", "./test/support/tally.ts"],
    projects: [
      {
        test: {
          name: "unit",
          // Property tests take seconds, and several times that on a busy machine.
          testTimeout: 60_000,
          include: ["test/**/*.test.ts"],
          exclude: ["test/kernel/**", "test/vm/**", "test/browser/**"],
          typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "tsconfig.json" },
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "kernel",
          include: ["test/kernel/**/*.test.ts", "test/kernels/**/*.test.ts"],
          env: { NLINK_KERNEL: "live" },
          fileParallelism: false,
          retry: 1,
          testTimeout: 30_000,
          // What a hook opens is loaded first, which takes the emulator seconds.
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "vm",
          include: ["test/vm/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      fuzz("fuzz-1"),
      fuzz("fuzz-2"),
    ],
  },
});
