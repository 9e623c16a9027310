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

const cliEntry = {
  demo: "src/cli/demo.ts",
  nlink: "src/cli/bin/nlink.ts",
  "nlink-ip": "src/cli/bin/nlink-ip.ts",
  "nlink-tc": "src/cli/bin/nlink-tc.ts",
  "nlink-ss": "src/cli/bin/nlink-ss.ts",
};
/** What the most usual commands load on demand, one after the other. */
const usual = {
  core: { ip: "src/cli/ip/ip.ts", "ip-link": "src/cli/ip/link/link.ts", linux: "src/transport/linux/index.ts" },
  "tc-core": { tc: "src/cli/tc/tc.ts", "tc-qdisc": "src/cli/tc/qdisc.ts" },
  "ss-core": { ss: "src/cli/ss/ss.ts" },
};

/** All that a module loads at once. */
function reached(root: string, info: GetModuleInfo, found = new Set<string>()): Set<string> {
  if (found.has(root)) return found;
  found.add(root);
  for (const id of info(root)?.importedIds ?? []) reached(id, info, found);
  return found;
}
/**
 * The bundler makes a file of the modules that each set of entries and loads on demand has in common: dozens, most of them tiny, at half a
 * millisecond each. Here they are put together by `chunks`, which says which of them a module goes to; undefined leaves it where it is.
 */
async function mergeChunks(
  dir: string,
  entries: readonly string[],
  chunks: (
    at: (name: string) => string,
    info: GetModuleInfo,
    ids: () => Iterable<string>,
  ) => (id: string) => string | undefined,
): Promise<void> {
  const at = (name: string) => resolve(dir, `${name}.js`);
  const bundle = await rollup({
    input: Object.fromEntries(entries.map((name) => [name, at(name)])),
    external: ["koffi", /^node:/],
    treeshake: false,
    preserveEntrySignatures: "strict",
  });
  for (const file of readdirSync(dir)) if (file.endsWith(".js")) rmSync(resolve(dir, file));
  let chunkOf: ((id: string) => string | undefined) | undefined;
  await bundle.write({
    dir,
    format: "es",
    chunkFileNames: "[name]-[hash].js",
    manualChunks(id, { getModuleInfo, getModuleIds }) {
      chunkOf ??= chunks(at, getModuleInfo, getModuleIds);
      return chunkOf(id);
    },
  });
}

/** A program that lists links loads two files: what the codec has of it, and the rest. */
const mergeLibrary = () =>
  mergeChunks("dist", Object.keys(entry), (at, info) => {
    const core = reached(at("index"), info);
    const codec = reached(at("codec/index"), info);
    return (id) => (core.has(id) ? (codec.has(id) ? "codec-core" : "core") : undefined);
  });

/** What a usual command shares with others is in one file; what it alone needs is by itself. */
const mergeCommands = () =>
  mergeChunks("dist/cli", Object.keys(cliEntry), (at, info, ids) => {
    const roots = [...ids()].filter((id) => info(id)!.isEntry || info(id)!.dynamicImporters.length > 0);
    const users = new Map<string, number>();
    for (const root of roots) for (const id of reached(root, info)) users.set(id, (users.get(id) ?? 0) + 1);
    const tiers = Object.entries(usual).map(
      ([name, parts]) =>
        [name, new Set(["nlink", ...Object.keys(parts)].flatMap((part) => [...reached(at(part), info)]))] as const,
    );
    return (id) =>
      users.get(id)! > 1 && !roots.includes(id) ? tiers.find(([, modules]) => modules.has(id))?.[0] : undefined;
  });

// The command line is built by itself: what it loads on demand would break the library into a hundred files, and loading those takes a
// third of the time in which a program starts that lists links.
export default defineConfig([
  {
    ...common,
    entry,
    clean: ["!cli"],
    onSuccess: mergeLibrary,
  },
  {
    ...common,
    entry: { ...cliEntry, ...Object.assign({}, ...Object.values(usual)) },
    outDir: "dist/cli",
    clean: true,
    onSuccess: mergeCommands,
  },
]);
