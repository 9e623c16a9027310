/** The layers: imports go downwards only, and what is native is kept in its place. @module */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../src");
const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

interface Import {
  readonly from: string;
  /** A file below src, or the name of a module. */
  readonly to: string;
  readonly dynamic: boolean;
  /** `import type`, and `export type … from`: gone when it runs. */
  readonly type: boolean;
}

/** Statements begin a line, as the formatter has it; text in comments does not match. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8").replace(/^\s*\*.*$/gm, "");
  const statements = [...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^;"'=]*?\sfrom\s+)?"([^"]+)"/gm)];
  const calls = [...text.matchAll(/\b(?:import|require)\(\s*"([^"]+)"/g)];
  const place = (to: string) =>
    to.startsWith(".") ? relative(root, resolve(root, file, "..", to)).replaceAll("\\", "/") : to;
  return [
    ...statements.map(([, type, to]) => ({ from: file, to: place(to!), dynamic: false, type: type !== undefined })),
    ...calls.map(([, to]) => ({ from: file, to: place(to!), dynamic: true, type: false })),
  ];
}
const imports = files.flatMap(importsOf);
const own = imports.filter(({ to }) => to.endsWith(".ts"));
const foreign = imports.filter(({ to }) => !to.endsWith(".ts"));
const show = ({ from, to }: Import) => `${from} → ${to}`;

const layers = ["codec", "transport", "api", "cli"];
/** Entry points stand at the top of what they give out. */
const layerOf = (file: string) => (file === "index.ts" ? "api" : file.split("/")[0]!);
const isNative = (file: string) => file.startsWith("transport/linux/");

test("the imports of the sources are found", () => {
  expect(files.length).toBeGreaterThan(200);
  expect(own.length).toBeGreaterThan(1000);
  expect(own.filter(({ to }) => !files.includes(to)).map(show)).toEqual([]);
  expect(own.filter(({ dynamic }) => dynamic).length).toBeGreaterThan(0);
});

test("every folder of src is a layer", () => {
  expect(files.map(layerOf).filter((layer) => !layers.includes(layer))).toEqual([]);
});

test("imports go downwards only: cli, api, transport, codec", () => {
  const rank = (file: string) => layers.indexOf(layerOf(file));
  expect(own.filter(({ from, to }) => rank(to) > rank(from)).map(show)).toEqual([]);
});

test("the codec knows of no system: nothing but itself", () => {
  expect(foreign.filter(({ from }) => from.startsWith("codec/")).map(show)).toEqual([]);
});

test("the kernel's sockets are reached for when one is opened, never by loading the API", () => {
  const reaching = own.filter(({ from, to, type }) => isNative(to) && !isNative(from) && !type);
  expect(reaching.filter(({ dynamic }) => !dynamic).map(show)).toEqual([]);
  expect(reaching.map(({ to }) => to)).toEqual(reaching.map(() => "transport/linux/index.ts"));
});

test("traffic control and socket diagnostics are loaded when they are first used", () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { from, to, type, dynamic } of own) if (from === file && !type && !dynamic) visit(to);
  };
  visit("index.ts");
  const heavy = [...seen].filter((file) =>
    /(^codec\/(tc\/(qdisc|filter|action)|xfrm|sockdiag\/inet|pcap)|^api\/(sockets\/sockdiag|xfrm\/xfrm)\.ts$)/.test(
      file,
    ),
  );
  expect(heavy).toEqual([]);
  expect(seen.size).toBeGreaterThan(100);
});

test("koffi is used by the Linux transport alone, and no other package at all", () => {
  const packages = foreign.filter(({ to }) => !to.startsWith("node:"));
  expect(packages.filter(({ from, to }) => to !== "koffi" || !isNative(from)).map(show)).toEqual([]);
  expect(packages.length).toBeGreaterThan(0);
});

describe("no cycles", () => {
  /** Cycles of a graph, each once, as its strongly connected components (Tarjan). */
  function cycles(edges: readonly (readonly [from: string, to: string])[]): string[][] {
    const next = new Map<string, Set<string>>();
    for (const [from, to] of edges) {
      if (!next.has(from)) next.set(from, new Set());
      if (from !== to) next.get(from)!.add(to);
    }
    const index = new Map<string, number>();
    const low = new Map<string, number>();
    const stack: string[] = [];
    const found: string[][] = [];
    const visit = (node: string): void => {
      index.set(node, index.size);
      low.set(node, index.get(node)!);
      stack.push(node);
      for (const other of next.get(node) ?? []) {
        if (!index.has(other)) {
          visit(other);
          low.set(node, Math.min(low.get(node)!, low.get(other)!));
        } else if (stack.includes(other)) low.set(node, Math.min(low.get(node)!, index.get(other)!));
      }
      if (low.get(node) === index.get(node)) {
        const component = stack.splice(stack.indexOf(node));
        if (component.length > 1) found.push(component.sort());
      }
    };
    for (const node of next.keys()) if (!index.has(node)) visit(node);
    return found;
  }
  test("the search finds them", () => {
    const edges = [["a", "b"], ["b", "c"], ["c", "a"], ["c", "d"], ["d", "d"]] as const; // biome-ignore format: a table
    expect(cycles(edges)).toEqual([["a", "b", "c"]]);
  });
  // What is loaded on demand finds the rest there.
  const running = own.filter(({ type, dynamic }) => !type && !dynamic);
  test("between files, types aside, but for what is recursive by nature", () => {
    expect(cycles(running.map(({ from, to }) => [from, to]))).toEqual([
      // A link has a kind, whose settings may hold another link: `lazy`.
      ["info.ts", "kinds/netkit.ts", "kinds/peer.ts", "kinds/veth.ts", "kinds/vxcan.ts", "link.ts"].map(
        (file) => `codec/rtnetlink/link/${file}`,
      ),
    ]);
  });
  test("between folders: one within another is a part of it", () => {
    const folder = (file: string) => (file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "");
    const apart = running
      .map(({ from, to }) => [folder(from), folder(to)] as const)
      .filter(([from, to]) => !from.startsWith(to) && !to.startsWith(from));
    expect(cycles(apart)).toEqual([]);
    expect(apart.length).toBeGreaterThan(300);
  });
});

describe("what a bundle holds", () => {
  const bundle = async (entry: string) => {
    const { outputFiles, metafile } = await build({
      entryPoints: [join(root, entry)],
      bundle: true,
      write: false,
      format: "esm",
      platform: "browser",
      metafile: true,
      external: ["koffi", "node:*"],
      logLevel: "silent",
    });
    return {
      text: outputFiles[0]!.text,
      imports: Object.values(metafile.outputs).flatMap((o) => o.imports.map((i) => `${i.kind} ${i.path}`)),
    };
  };
  test.each([
    ["nlink/codec", "codec/index.ts"],
    ["nlink/pcap", "codec/pcap/index.ts"],
  ])("%s: nothing of Node's, and no import at all", async (_name, entry) => {
    const { imports, text } = await bundle(entry);
    expect(imports).toEqual([]);
    expect(text).not.toMatch(/\bnode:|\bkoffi\b|\bprocess\.|\bBuffer\b|\brequire\(/);
  });
  test("nlink: koffi and Node's modules only within the Linux transport", async () => {
    const { imports } = await bundle("index.ts");
    const modules = new Set(imports.map((line) => line.replace(/^\S+ (node:)?/, "")));
    for (const module of modules) expect(["koffi", ...builtinModules]).toContain(module);
  });
});
