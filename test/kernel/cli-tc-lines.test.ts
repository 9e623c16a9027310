/**
 * Hundreds of lines of tc for every kind, whole, cut short and with a word that is wrong: nlink reads what tc reads, and ends with tc's status
 * where tc refuses. What the kernel then has to say does not matter here: most kinds are not in this one.
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import { cli } from "../support/cli.ts";
import { noKernel, sandbox, titled } from "../support/netns.ts";

/** Lines by which the fixtures are captured. */
const linesOf = (noun: string): string[][] =>
  readFileSync(new URL(`../../fixtures/commands/${noun}.txt`, import.meta.url), "utf8")
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .flatMap((line) => {
      const tc = /^!?\s*tc (.*)$/.exec(line)?.[1];
      return tc === undefined || /\$|\|\||\/sys\/fs\/bpf/.test(tc) ? [] : [splitWords(tc)];
    })
    .filter((words) => !/^(show|list|ls)$/.test(words.filter((word) => !word.startsWith("-"))[1] ?? ""));

/** A line, without its last words, with one too many, and with a wrong one in place of others. */
const variants = (words: readonly string[]): (readonly string[])[] =>
  [
    words,
    words.slice(0, -1),
    [...words.slice(0, -1), "zz"],
    [...words, "zz"],
    words.slice(0, -2),
    [...words.slice(0, -2), "zz", words.at(-1)!],
  ].filter(({ length }) => length > 2);

/** Where we differ, and why. */
const DIFFERENT: readonly (readonly [RegExp, string])[] = [
  [/^(-\S+ )*chain add .* chain \d+ flower dst_ip/, "addresses of no protocol are refused"],
  [/mqprio .*(zz|max_rate)/, "tc's mqprio ends otherwise than its other kinds"],
  [/ (basic|cgroup) match |match cmp\(u8 at 0 eq 69\)$/, "tc wants a word behind an ematch tree"],
  [/match (ip (firstfrag|df)|mark 0x10 0xff)$/, "tc wants a word behind some matches of u32"],
  [
    /(slot .* bytes|random determ pass( zz)?|police rate \S+ zz 10k|action gact index zz|goto chain 5 \/ zz|conform-exceed \S+ action)$/,
    "tc takes the next argument, which is none, for wrong",
  ],
  [/pfifo_fast zz$/, "tc knows no options of it"],
  [/^chain get dev dummy1 ingress zz|^filter del block 22 protocol ip (prio 1 )?zz/, "a device may stand alone"],
  [/actions add action ct .* addr zz pipe$/, "tc reads addresses with a function that ends otherwise"],
  [/prio bands 1$|handle zz cgroup$/, "refused before anything is sent"],
  [/actions flush zz/, "tc is silent"],
];

const slow = process.env.NLINK_VM ? " (skipped: takes minutes in the emulator, and is run outside)" : "";

describe.skipIf(noKernel || slow)(titled(`lines that tc reads or refuses${slow}`), () => {
  test.each(["tc", "tc-qdisc", "tc-filter", "tc-action"])(
    "those of %s.txt",
    async (noun) => {
      const box = await sandbox();
      const wrong: string[] = [];
      const seen = new Set<string>();
      try {
        for (const dev of ["dummy0", "dummy1"]) box.ip("link", "add", dev, "type", "veth", "peer", "name", `${dev}p`);
        box.exec("tc", "qdisc", "add", "dev", "dummy1", "clsact");
        box.exec("tc", "qdisc", "add", "dev", "dummy0", "root", "handle", "1:", "htb");
        for (const words of linesOf(noun).flatMap(variants)) {
          const line = words.join(" ");
          if (seen.has(line) || DIFFERENT.some(([those]) => those.test(line))) continue;
          seen.add(line);
          const { code, stderr } = await cli(["tc", ...words], { netns: box.name });
          const theirs = spawnSync("tc", ["-n", box.name, ...words], { encoding: "utf8" });
          // The kernel's word on the second of two like requests is another; a refused action ends with 255.
          const kernel = (status: number | null, text: string) =>
            status === 0 || status === 2 || /RTNETLINK|^Error: .*\n?We have an error/.test(text);
          const both = kernel(code, stderr) && kernel(theirs.status, theirs.stderr);
          if (code !== theirs.status && !both)
            wrong.push(`${line}: ${code} is not tc's ${theirs.status}\n  ${stderr}  ${theirs.stderr.split("\n")[0]}`);
        }
      } finally {
        box.close();
      }
      expect(seen.size).toBeGreaterThan(100);
      expect(wrong.join("\n")).toBe("");
    },
    300_000,
  );
});
