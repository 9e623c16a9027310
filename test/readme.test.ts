/** The README's examples that need no kernel, word for word, as programs of their own. The others run in test/kernel. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const directory = mkdtempSync(join(tmpdir(), "nlink-readme-"));
symlinkSync(join(root, "fixtures"), join(directory, "fixtures"));
afterAll(() => rmSync(directory, { recursive: true }));

/** The package's entries as the sources that they are made of. */
const alias = Object.fromEntries(
  Object.entries<{ default: string }>(exports).flatMap(([path, { default: file }]) =>
    file === undefined
      ? []
      : [[path.replace(".", "nlink"), join(root, file.replace("dist", "src").replace(/\.js$/, ".ts"))]],
  ),
);

/** Bundles a program, and runs it. */
async function output(name: string, contents: string, ...args: string[]): Promise<string> {
  const outfile = join(directory, `${name}.mjs`);
  await build({
    stdin: { contents, loader: "ts", resolveDir: root },
    ...{
      outfile,
      alias,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      external: ["koffi"],
      logLevel: "error",
    },
  });
  return execFileSync(process.execPath, [...args, outfile], { cwd: directory, encoding: "utf8" });
}
const example = (heading: string): string =>
  readme
    .split(`\n## ${heading}\n`)[1]!
    .split("\n## ")[0]!
    .match(/```ts\n([\s\S]*?)```/)![1]!;

test("Look into captures", async () => {
  const lines = (await output("captures", example("Look into captures"))).split("\n");
  expect(lines).toContain("to-kernel newaddr 192.0.2.1/24 dev 3 scope global");
  expect(lines).toContain("to-user delroute local 192.0.2.1 dev 3 table local proto kernel src 192.0.2.1");
  expect(lines.join("\n")).toMatch(
    /error = ENETUNREACH, Network is unreachable \(-101\)[\s\S]* msg = "Nexthop has invalid gateway"/,
  );
});

test("Test without a kernel", async () => {
  expect((await output("offline", example("Test without a kernel"))).split("\n")).toEqual([
    "add address 192.0.2.1/24 dev eth0: File exists (EEXIST), at: local",
    "EEXIST",
    "",
  ]);
});

test("the mock serves node:test as it serves vitest", async () => {
  const program = `
    import assert from "node:assert/strict";
    import test from "node:test";
    import { Connection } from "nlink";
    import { MockTransport } from "nlink/transport/mock";
    for (const index of [2, 3])
      test("removes link " + index, async () => {
        const kernel = new MockTransport();
        kernel.expect({ name: "dellink", value: { index: 2 } });
        await using nl = await Connection.open({ transport: kernel });
        if (index === 2) await nl.links.remove(index);
        else await assert.rejects(nl.links.remove(index), { name: "ScriptError", message: /index: 2 expected, 3 sent/ });
        if (index === 2) kernel.verify();
        else assert.throws(() => kernel.verify(), { name: "ScriptError" });
      });
  `;
  expect(await output("node-test", program)).toMatch(/# pass 2\n# fail 0/);
});
