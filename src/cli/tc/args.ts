/** Arguments of tc's lines: handles, and the words of a kind. @module */
import { handleOf, parseHandle, TC_H_INGRESS, TC_H_MIN_EGRESS, TC_H_MIN_INGRESS } from "../../codec/tc/handle.ts";
import { parseEthertype } from "../../codec/text/ethertype.ts";
import { oneWord } from "../grammar/args.ts";
import type { Arg } from "../grammar/command.ts";

/** A handle of a qdisc, `"1:"` or `"1"`: the major number (get_qdisc_handle of iproute2's tc/tc_util.c). */
export const qdiscHandle: Arg<number> = oneWord(
  "HANDLE",
  (word) => {
    if (word === "none") return 0;
    const match = /^(?:0x)?([\da-f]{1,4})(:.*)?$/i.exec(word);
    return match ? handleOf(Number.parseInt(match[1]!, 16), 0) : undefined;
  },
  "invalid qdisc ID",
);

/** `"1:10"`, `"root"`, or a whole handle in hexadecimal (get_tc_classid). */
export function parseClassid(word: string): number | undefined {
  const handle = parseHandle(word);
  if (handle !== undefined) return handle;
  return /^(0x)?[\da-f]{1,8}$/i.test(word) ? Number.parseInt(word, 16) : undefined;
}
export const classid: Arg<number> = oneWord("CLASSID", parseClassid, "invalid class ID");

const parentOf = (names: { readonly [name: string]: number }): Arg<number> =>
  oneWord(
    `{ CLASSID | root | ${Object.keys(names).join(" | ")} }`,
    (word) => (Object.hasOwn(names, word) ? names[word] : parseClassid(word)),
    "invalid parent ID",
    ["root", ...Object.keys(names)],
  );
/** What a qdisc hangs on. */
export const qdiscParent = parentOf({ ingress: TC_H_INGRESS, clsact: TC_H_INGRESS });
export const classParent: Arg<number> = oneWord("CLASSID", parseClassid, "invalid parent ID");
/** Where a filter stands. */
export const filterParent = parentOf({ ingress: TC_H_MIN_INGRESS, egress: TC_H_MIN_EGRESS });

export const ethertype: Arg<number> = oneWord("PROTOCOL", parseEthertype, "invalid protocol");

/** All the words that are left but for globals: a kind and its options, of which dashes before a word say nothing. */
export const kindWords = (syntax: string, kinds: { readonly [kind: string]: unknown }): Arg<string[]> => ({
  syntax,
  complete: Object.keys(kinds),
  read(parser) {
    const words: string[] = [];
    while (!parser.done) {
      const dashed = /^--?[A-Za-z]/.test(parser.ahead!);
      if (dashed && parser.attempt(() => parser.one() ?? true)) continue;
      const word = parser.next();
      words.push(dashed ? word.replace(/^--?/, "") : word);
    }
    return words;
  },
});
