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
/** The first example under a heading. */
const example = (heading: string): string => {
  const readme = readFileSync(join(project, "README.md"), "utf8");
  const code = readme
    .split(`\n## ${heading}\n`)[1]
    ?.split("\n## ")[0]
    ?.match(/```ts\n([\s\S]*?)```/)?.[1];
  if (code === undefined) throw new Error(`no example under ${heading}`);
  return code;
};

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

  test("Drive Linux", () => {
    compile("drive", example("Drive Linux"));
    const script = `
      ip -j link show veth0
      ip -n blue -j link show veth1
      ip -j -4 address show veth0
      ip -j route show 10.0.0.0/8
      ip -j rule show priority 1000`;
    const [listed, ...shown] = run("drive", script).trim().split("\n");
    expect(listed).toBe("1: lo up=true");
    const [[veth0], [veth1], [address], [route], [rule]] = shown.map((line) => JSON.parse(line));
    expect(veth0).toMatchObject({ ifname: "veth0", mtu: 9000, flags: expect.arrayContaining(["UP"]) });
    expect(veth1).toMatchObject({ ifname: "veth1" });
    expect(address.addr_info).toMatchObject([{ local: "192.0.2.1", prefixlen: 24 }]);
    expect(route).toMatchObject({ dst: "10.0.0.0/8", gateway: "192.0.2.254", dev: "veth0", metric: 100 });
    expect(rule).toMatchObject({ priority: 1000, src: "10.0.0.0", srclen: 8, table: "100" });
  }, 60_000);

  test("Look at sockets", () => {
    compile("sockets", example("Look at sockets"));
    expect(run("sockets")).toBe(""); // there are none in a new namespace
  }, 60_000);

  test("Decode anywhere", () => {
    compile("decode", example("Decode anywhere"));
    expect(run("decode")).toMatch(/^newaddr \{[\s\S]*local: '10\.0\.0\.1'/);
  }, 60_000);
});
