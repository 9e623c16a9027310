import { defineConfig, type Options } from "tsup";

const common: Options = {
  format: "esm",
  target: "node20",
  platform: "neutral",
  splitting: true,
  treeshake: true,
  // tsc writes the declarations: TypeScript 7 has no compiler API for tsup to call.
  dts: false,
  external: ["koffi", /^node:/],
};

// The command line is built by itself: what it loads on demand would break the library into a hundred files, and loading those takes a
// third of the time in which a program starts that lists links.
export default defineConfig([
  {
    ...common,
    entry: {
      index: "src/index.ts",
      "codec/index": "src/codec/index.ts",
      "codec/pcap/index": "src/codec/pcap/index.ts",
      "transport/transport": "src/transport/transport.ts",
      "transport/mock/index": "src/transport/mock/index.ts",
      "transport/replay/index": "src/transport/replay/index.ts",
      "transport/virtual/index": "src/transport/virtual/index.ts",
      "transport/linux/index": "src/transport/linux/index.ts",
    },
    clean: ["!cli"],
  },
  {
    ...common,
    entry: {
      demo: "src/cli/demo.ts",
      nlink: "src/cli/bin/nlink.ts",
      "nlink-ip": "src/cli/bin/nlink-ip.ts",
      "nlink-tc": "src/cli/bin/nlink-tc.ts",
      "nlink-ss": "src/cli/bin/nlink-ss.ts",
    },
    outDir: "dist/cli",
    clean: true,
  },
]);
