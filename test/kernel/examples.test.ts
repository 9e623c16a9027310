/** The examples of the README, word for word: compiled against the package's declarations, and run on a live kernel. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noKernel, titled } from "../support/netns.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const typeRoots = [join(project, "node_modules/@types")];
const tsc = join(project, "node_modules/.bin/tsc");
const options = {
  module: "nodenext",
  target: "es2022",
  lib: ["es2023", "esnext.disposable"],
  types: ["node"],
  strict: true,
  skipLibCheck: true,
};
/** The README's examples, by the heading that each stands under. */
const examples = new Map(
  readFileSync(join(project, "README.md"), "utf8")
    .split("\n## ")
    .flatMap((part) =>
      [...part.matchAll(/```ts\n([\s\S]*?)```/g)].map(
        ([, code]) => [part.slice(0, part.indexOf("\n")), code!] as const,
      ),
    ),
);
const example = (heading: string): string => {
  const code = examples.get(heading);
  if (code === undefined) throw new Error(`no example under ${heading}`);
  ran.add(heading);
  return code;
};
const ran = new Set<string>();

/** What the library was to look like, before there was any of it. */
const DESIGN = `import { Connection } from "nlink";

await using nl = await Connection.open();                       // or { netns: "blue" } | { netns: { pid: 1234 } } | { netns: { path } } | { transport }
for (const link of await nl.links.list()) console.log(\`\${link.index}: \${link.name} up=\${link.up}\`);
await nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1", netns: "blue" } });
await nl.links.set("veth0", { up: true, mtu: 9000 });           // a device is a name or an index, everywhere
await nl.addresses.add("veth0", "192.0.2.1/24");
await nl.routes.add({ dst: "10.0.0.0/8", via: "192.0.2.254", metric: 100 });
`;

let directory: string;
function compile(name: string, code: string): void {
  writeFileSync(join(directory, `${name}.mts`), code);
  const config = {
    compilerOptions: { ...options, typeRoots },
    files: [`${name}.mts`],
  };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
  execFileSync(tsc, { cwd: directory, encoding: "utf8" });
}
/** Runs it in namespaces of its own, where there is one named blue, then a script; gives the output of both. */
function run(name: string, script = ""): string {
  const before = "mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip netns add blue && ip link set lo up";
  return execFileSync("unshare", ["--mount", "--net", "sh", "-ec", `${before}\nnode ${name}.mjs\n${script}`], {
    cwd: directory,
    encoding: "utf8",
    env: { PATH: process.env.PATH },
    stdio: "pipe",
  });
}

const slow = process.env.NLINK_VM ? " (skipped: compiles the library, and is run outside)" : "";
describe.skipIf(noKernel || slow)(titled(`the README's examples${slow}`), () => {
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "nlt-"));
    const library = join(directory, "node_modules/nlink");
    mkdirSync(library, { recursive: true });
    symlinkSync(join(project, "node_modules/koffi"), join(directory, "node_modules/koffi"));
    const config = {
      extends: join(project, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        typeRoots,
        declaration: true,
        noCheck: true,
        rewriteRelativeImportExtensions: true,
        rootDir: join(project, "src"),
        outDir: library,
      },
      include: [],
      files: ["index.ts", "codec/index.ts", "transport/linux/index.ts"].map((file) => join(project, "src", file)),
    };
    writeFileSync(join(directory, "tsconfig.library.json"), JSON.stringify(config));
    execFileSync(tsc, ["-p", "tsconfig.library.json"], { cwd: directory, encoding: "utf8" });
    const exports = { ".": "./index.js", "./codec": "./codec/index.js" };
    writeFileSync(join(library, "package.json"), JSON.stringify({ name: "nlink", type: "module", exports }));
  }, 300_000);
  afterAll(() => {
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });

  test.each([
    ["the README's", () => example("Drive Linux"), "ip -j rule show priority 1000"],
    ["the design's", () => DESIGN, ""],
  ])(
    "Drive Linux: %s",
    (name, code, rules) => {
      compile("drive", code());
      const script = `
      ip -j link show veth0
      ip -n blue -j link show veth1
      ip -j -4 address show veth0
      ip -j route show 10.0.0.0/8
      ${rules}`;
      const [listed, ...shown] = run("drive", script).trim().split("\n");
      expect(listed).toBe("1: lo up=true");
      const [[veth0], [veth1], [address], [route], ruled] = shown.map((line) => JSON.parse(line));
      expect(veth0).toMatchObject({ ifname: "veth0", mtu: 9000, flags: expect.arrayContaining(["UP"]) });
      expect(veth1).toMatchObject({ ifname: "veth1" });
      expect(address.addr_info).toMatchObject([{ local: "192.0.2.1", prefixlen: 24 }]);
      expect(route).toMatchObject({ dst: "10.0.0.0/8", gateway: "192.0.2.254", dev: "veth0", metric: 100 });
      if (name === "the README's")
        expect(ruled).toMatchObject([{ priority: 1000, src: "10.0.0.0", srclen: 8, table: "100" }]);
    },
    60_000,
  );

  // What it waits for is done meanwhile by another process; a loop that never ends is ended.
  test("Watch", () => {
    const [loop = "", store = "", waits = ""] = example("Watch").split("\n\n");
    const given = 'import { Connection } from "nlink";\nconst nl = await Connection.open();\n';
    const meanwhile = (name: string, code: string, script: string): string => {
      compile(name, given + code);
      const program = `node ${name}.mjs & sleep 2; ${script}; sleep 0.5; kill $! || wait $!`;
      const before = "ip link add eth0 type veth peer name eth1; ip link set lo up";
      const args = ["--net", "sh", "-ec", `${before}; ${program}`];
      return execFileSync("unshare", args, {
        cwd: directory,
        encoding: "utf8",
        env: { PATH: process.env.PATH },
        stdio: "pipe",
      });
    };
    const up = "ip link set eth1 up; ip link set eth0 up";
    const addressed = "ip addr add 192.0.2.1/24 dev eth0";
    const told = meanwhile("loop", loop, `${up}; ${addressed}; ip route add 10.0.0.0/8 via 192.0.2.2`);
    expect(told).toMatch(/^new eth1 /m);
    expect(told).toMatch(/^new 10\.0\.0\.0\/8 192\.0\.2\.2 eth0$/m);
    expect(meanwhile("store", store, `${up}; ${addressed}`)).toMatch(/^down undefined\nadded\n/);
    expect(meanwhile("waits", waits, `${up}; ip addr add 2001:db8::1/64 dev eth0; sleep 3`)).toBe("");
  }, 120_000);

  // Many a kernel has neither netem nor ifb: it runs in test/vm/tc-helpers.test.ts.
  test("Shape and emulate compiles", () => compile("shape", example("Shape and emulate")), 60_000);

  test("Look at sockets", () => {
    compile("sockets", example("Look at sockets"));
    expect(run("sockets")).toBe(""); // there are none in a new namespace
  }, 60_000);

  test("Decode anywhere", () => {
    compile("decode", example("Decode anywhere"));
    expect(run("decode")).toMatch(/^newaddr \{[\s\S]*local: '10\.0\.0\.1'/);
  }, 60_000);

  test("there is no other, but those that test/readme.test.ts runs", () => {
    const elsewhere = ["Look into captures", "Test without a kernel"];
    expect([...examples.keys()].filter((heading) => !ran.has(heading))).toEqual(elsewhere);
  });
});
