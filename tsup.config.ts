import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    "codec/index": "src/codec/index.ts",
    "codec/pcap/index": "src/codec/pcap/index.ts",
    "transport/transport": "src/transport/transport.ts",
    "transport/mock/index": "src/transport/mock/index.ts",
    "transport/replay/index": "src/transport/replay/index.ts",
    "transport/virtual/index": "src/transport/virtual/index.ts",
    "transport/linux/index": "src/transport/linux/index.ts",
    "cli/demo": "src/cli/demo.ts",
    "cli/nlink": "src/cli/bin/nlink.ts",
    "cli/nlink-ip": "src/cli/bin/nlink-ip.ts",
    "cli/nlink-tc": "src/cli/bin/nlink-tc.ts",
    "cli/nlink-ss": "src/cli/bin/nlink-ss.ts",
  },
  format: "esm",
  target: "node20",
  platform: "neutral",
  splitting: true,
  treeshake: true,
  clean: true,
  // tsc writes the declarations: TypeScript 7 has no compiler API for tsup to call.
  dts: false,
  external: ["koffi", /^node:/],
});
