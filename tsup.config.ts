import { readdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { type GetModuleInfo, rollup } from "rollup";
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
  removeNodeProtocol: false,
};

const entry = {
  index: "src/index.ts",
  "codec/index": "src/codec/index.ts",
  "codec/pcap/index": "src/codec/pcap/index.ts",
  "transport/transport": "src/transport/transport.ts",
  "transport/mock/index": "src/transport/mock/index.ts",
  "transport/replay/index": "src/transport/replay/index.ts",
  "transport/virtual/index": "src/transport/virtual/index.ts",
  "transport/linux/index": "src/transport/linux/index.ts",
};

/**
 * The bundler makes a file of the modules that each set of entries and loads on demand has in common: three dozen, most of them tiny. A
 * program that lists links would load 23 of them, at half a millisecond each. Here what the main entry loads at once becomes two: what
 * the codec has of it, and the rest.
 */
async function mergeChunks(): Promise<void> {
  const at = (file: string) => resolve("dist", file);
  const input = Object.fromEntries(Object.keys(entry).map((name) => [name, at(`${name}.js`)]));
  const reached = (root: string, info: GetModuleInfo, found = new Set<string>()): Set<string> => {
    if (found.has(root)) return found;
    found.add(root);
    for (const id of info(root)?.importedIds ?? []) reached(id, info, found);
    return found;
  };
  const bundle = await rollup({
    input,
    external: ["koffi", /^node:/],
    treeshake: false,
    preserveEntrySignatures: "strict",
  });
  for (const file of readdirSync("dist")) if (file.endsWith(".js")) rmSync(at(file));
  await bundle.write({
    dir: "dist",
    format: "es",
    chunkFileNames: "[name]-[hash].js",
    manualChunks(id, { getModuleInfo }) {
      if (!reached(at("index.js"), getModuleInfo).has(id)) return undefined;
      return reached(at("codec/index.js"), getModuleInfo).has(id) ? "codec-core" : "core";
    },
  });
}

// The command line is built by itself: what it loads on demand would break the library into a hundred files, and loading those takes a
// third of the time in which a program starts that lists links.
export default defineConfig([
  {
    ...common,
    entry,
    clean: ["!cli"],
    onSuccess: mergeChunks,
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
