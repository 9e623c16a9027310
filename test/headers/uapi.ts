/** The kernel's UAPI headers: where they are, what they define, and the values a C compiler gives to it. @module */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The release that the schemas declare in full. */
export const release = "6.12";
export const compiler = process.env.CC ?? "cc";

/** The members of one `enum { … }`, in order: in these headers, one attribute set or one table of values. */
export interface Block {
  readonly header: string;
  readonly members: readonly string[];
}
export interface Uapi {
  readonly include: string;
  readonly version: string;
  /** Headers that define an identifier, whether constant or `struct name`, as `linux/if_link.h`. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly blocks: readonly Block[];
}

/** The headers of the release, else the oldest newer ones (numbers never change once released); or why there are none. */
export function findUapi(): { uapi: Uapi } | { missing: string } {
  if (spawnSync(compiler, ["--version"]).status !== 0)
    return { missing: `no C compiler (${compiler}); see test/headers/setup` };
  const trees = existsSync("/usr/src") ? readdirSync("/usr/src") : [];
  const found = ["/usr/include", ...trees.map((tree) => `/usr/src/${tree}/include/uapi`)]
    .map((include) => ({ include, version: versionOf(include) }))
    .filter(({ version }) => version !== undefined && !isBefore(version, release))
    .sort((a, b) => order(a.version!) - order(b.version!))[0];
  if (!found) return { missing: `no UAPI headers of Linux ${release} or later; see test/headers/setup` };
  const uapi = { include: found.include, version: found.version!, ...index(found.include) };
  try {
    measure(uapi, [], ["1"]);
  } catch (error) {
    return {
      missing: `${compiler} makes no programs here (${(error as Error).message.split("\n")[1]}); see test/headers/setup`,
    };
  }
  return { uapi };
}

export const isBefore = (version: string, other: string): boolean => order(version) < order(other);
const order = (version: string): number => version.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);

/** Installed headers carry their version in linux/version.h, a kernel tree in its Makefile. */
function versionOf(include: string): string | undefined {
  if (!existsSync(join(include, "linux/rtnetlink.h"))) return undefined;
  const [header, makefile] = [join(include, "linux/version.h"), join(include, "../../Makefile")];
  if (existsSync(header)) {
    const code = Number(/LINUX_VERSION_CODE (\d+)/.exec(readFileSync(header, "utf8"))?.[1]);
    return `${code >> 16}.${(code >> 8) & 0xff}`;
  }
  if (!existsSync(makefile)) return undefined;
  const text = readFileSync(makefile, "utf8");
  const [major, minor] = ["VERSION", "PATCHLEVEL"].map((name) => new RegExp(`^${name} = (\\d+)`, "m").exec(text)?.[1]);
  return major && minor ? `${major}.${minor}` : undefined;
}

/** Reads names only; what they are worth the compiler says. */
function index(include: string): Pick<Uapi, "headers" | "blocks"> {
  const headers = new Map<string, string[]>();
  const blocks: Block[] = [];
  const files = readdirSync(join(include, "linux"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".h"),
  );
  for (const header of files.map((file) => `linux/${file}`).sort()) {
    const define = (name: string) => {
      const known = headers.get(name);
      if (!known) headers.set(name, [header]);
      else if (!known.includes(header)) known.push(header);
    };
    const text = readFileSync(join(include, header), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, " ");
    for (const [, name] of text.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)(?!\w|\()/gm)) define(name!);
    const code = text.replace(/^[ \t]*#(?:.*\\\n)*.*$/gm, "");
    for (const [, name] of code.matchAll(/\bstruct\s+(\w+)\s*\{/g)) define(`struct ${name}`);
    for (const [, body] of code.matchAll(/\benum\b\s*\w*\s*\{([^}]*)\}/g)) {
      const members = body!.split(",").flatMap((item) => /^\s*(\w+)/.exec(item)?.[1] ?? []);
      members.forEach(define);
      blocks.push({ header, members });
    }
  }
  return { headers, blocks };
}

/** The fewest headers that define all of `names`, short paths first where several define one. */
export function headersFor({ headers }: Uapi, names: Iterable<string>): string[] {
  const chosen = new Set<string>();
  const several: (readonly string[])[] = [];
  for (const name of names) {
    const candidates = headers.get(name) ?? [];
    if (candidates.length === 1) chosen.add(candidates[0]!);
    if (candidates.length > 1) several.push(candidates);
  }
  for (const candidates of several)
    if (!candidates.some((header) => chosen.has(header)))
      chosen.add(candidates.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))[0]!);
  return [...chosen].sort();
}

const preamble = [
  // What `make headers_install` strips from a kernel tree's headers, besides the two includes that `measure` leaves empty.
  "#define __EXPORTED_HEADERS__",
  "#define __user",
  "#define __force",
  "#define __iomem",
  "#define __attribute_const__",
  "#define __packed __attribute__((packed))",
  // A macro of the kernel's own that nexthop.h uses all the same.
  "#define BIT(n) (1u << (n))",
  "#include <stddef.h>",
  // Which the kernel's own sctp.h uses and does not ask for.
  "#include <stdint.h>",
  // The C library's sys/select.h and the kernel's own time.h both have a struct timeval: let the C library think it is there.
  "#define __timeval_defined 1",
  "#include <linux/time.h>",
  "#include <sys/socket.h>",
  // Some headers ask for the C library's netinet/in.h, which clashes with the kernel's own: let them think it is there.
  "#include <linux/in.h>",
  "#include <linux/in6.h>",
  "#define _NETINET_IN_H 1",
  "int printf(const char *, ...);",
];

/**
 * The value of each C expression, after including `headers`; an expression that does not compile has none.
 * @throws {Error} the compiler's words, when the headers themselves do not compile
 */
export function measure(
  { include }: Uapi,
  headers: readonly string[],
  expressions: Iterable<string>,
): Map<string, bigint> {
  const work = mkdtempSync(join(tmpdir(), "headers-"));
  try {
    mkdirSync(join(work, "linux"));
    for (const stripped of ["compiler", "compiler_types"]) writeFileSync(join(work, `linux/${stripped}.h`), "");
    const [source, program] = [join(work, "probe.c"), join(work, "probe")];
    const args = [`-I${work}`, `-I${include}`, "-w", "-fno-diagnostics-show-caret", "-o", program, source];

    const head = [
      ...preamble,
      ...headers.map((header) => `#include <${header}>`),
      "static const long long values[] = {",
    ];
    const tail =
      '}; int main(void) { for (unsigned i = 0; i < sizeof values / 8; i++) printf("%lld\\n", values[i]); }\n';
    const probes = [...expressions];
    // An error stands at the line of its expression: leave out what fails, until the rest compiles. More than one round,
    // because a compiler names an undeclared identifier only once.
    while (probes.length > 0) {
      writeFileSync(source, [...head, ...probes.map((probe) => `(long long)(${probe}),`), tail].join("\n"));
      const { status, stderr } = spawnSync(compiler, args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
      if (status === 0) {
        const { stdout } = spawnSync(program, { encoding: "utf8" });
        const values = stdout.trim().split("\n").map(BigInt);
        if (values.length !== probes.length) throw new Error(`${values.length} values of ${probes.length} expressions`);
        return new Map(probes.map((probe, i) => [probe, values[i]!]));
      }
      const failed = new Set(
        [...stderr.matchAll(/probe\.c:(\d+):\d+: (?:error|note: in expansion)/g)].map(([, line]) => Number(line)),
      );
      const kept = probes.filter((_, i) => !failed.has(head.length + 1 + i));
      if (kept.length === probes.length) throw new Error(`${compiler} ${args.join(" ")}\n${stderr}`);
      probes.splice(0, probes.length, ...kept);
    }
    return new Map();
  } finally {
    rmSync(work, { recursive: true });
  }
}
