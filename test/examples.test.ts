/** The examples in comments and in the README compile as they stand, with the exports that they name and what they take for given. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
/** What examples speak of, and do not make. */
const given: { readonly [name: string]: string } = {
  nl: "Connection",
  sockets: "SockDiag",
  bytes: "Uint8Array",
  prefixes: "string[]",
  send: "(bytes: Uint8Array) => void",
  writeFile: 'typeof import("node:fs/promises").writeFile',
  readFile: 'typeof import("node:fs/promises").readFile',
  pings: "number[]",
  answerTo: "(packet: Uint8Array) => Uint8Array",
};
/** The package's entries, and the sources of each. */
const entries = Object.entries(
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")).exports as {
    [path: string]: { default: string } | string;
  },
).flatMap(([path, to]) =>
  typeof to === "string"
    ? []
    : [[path.replace(".", "nlink"), join(root, to.default.replace("dist", "src").replace(/js$/, "ts"))] as const],
);
/** What they export. The main one comes last, and counts. */
const from = (
  await Promise.all(
    entries
      .toReversed()
      .map(async ([entry, file]) => Object.keys(await import(file)).map((name) => [name, entry] as const)),
  )
).flat();

interface Example {
  readonly where: string;
  readonly code: string;
}
function examplesIn(file: string): Example[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/^( *\*? ?)```ts\n([\s\S]*?)\n\1```$/gm)].map(([all, indent, code], i) => ({
    where: `${file}:${text.slice(0, text.indexOf(all)).split("\n").length} (${i + 1})`,
    code: code!
      .replace(/^[ *]*…$/gm, "")
      .replaceAll(`\n${indent}`, "\n")
      .replace(indent!, ""),
  }));
}
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));
const examples = ["README.md", "CONTRIBUTING.md", ...sources.map((f) => `src/${f}`)].flatMap(examplesIn);

/** An example as a module: names that the package exports are imported, and what it takes for given is declared. */
function module({ where, code }: Example): string {
  const plain = code.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\/\/.*$/gm, "");
  const own = new Set([...code.matchAll(/\b(?:const|let|using|function|class)\s+(\w+)/g)].map(([, name]) => name));
  for (const [, list] of code.matchAll(/import\s*\{([^}]*)\}/g))
    for (const name of list!.split(",")) own.add(name.trim());
  const names = new Set([...plain.matchAll(/(?<![.\w])[A-Za-z_]\w*(?!\w|\s*:)/g)].map(([name]) => name));
  const imports = new Map(from.filter(([name]) => names.has(name) && !own.has(name) && !Object.hasOwn(given, name)));
  const lines = [...imports].map(([name, module]) => `import { ${name} } from "${module}";`);
  for (const [name, type] of Object.entries(given))
    if (names.has(name) && !own.has(name))
      lines.push(`declare const ${name}: ${type.replace(/^(Connection|SockDiag)$/, 'import("nlink").$1')};`);
  return `// ${where}\n${lines.join("\n")}\n${code}\nexport {};\n`;
}

test(`${examples.length} examples compile`, { timeout: 120_000 }, () => {
  expect(examples.length).toBeGreaterThan(14);
  const blocks = sources
    .map((f) => readFileSync(join(root, "src", f), "utf8"))
    .join("")
    .match(/```ts$/gm)!.length;
  expect(examples.filter(({ where }) => where.startsWith("src/")).length).toBe(blocks);
  const directory = mkdtempSync(join(root, "node_modules/.examples-"));
  try {
    for (const [i, example] of examples.entries()) writeFileSync(join(directory, `${i}.mts`), module(example));
    const paths = Object.fromEntries(entries.map(([entry, file]) => [entry, [file]]));
    const compilerOptions = { paths, noUnusedLocals: false, typeRoots: [join(root, "node_modules/@types")] };
    const config = { extends: "../../tsconfig.json", compilerOptions, include: ["*.mts"] };
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
    let said = "";
    try {
      execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", directory], {
        cwd: directory,
        encoding: "utf8",
        stdio: "pipe",
      });
    } catch (e) {
      said = (e as { stdout: string }).stdout.replace(
        /^(?:.*\/)?(\d+)\.mts\(/gm,
        (all, i) => `${examples[Number(i)]?.where ?? all}: (`,
      );
    }
    expect(said).toBe("");
  } finally {
    rmSync(directory, { recursive: true });
  }
});
