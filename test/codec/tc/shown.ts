/** What tc printed of captured messages, taken apart: fixtures/NOUN.shown.json. @module */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf } from "../rtnetlink/captured.ts";

export interface Shown {
  /** The change before. */
  readonly after: string;
  /** `tc -d -s … show …`. */
  readonly command: string;
  readonly json: boolean;
  /** What follows the nlmsghdr of each message that was printed. */
  readonly payloads: readonly Uint8Array[];
  readonly prints: string;
}
export function shownOf(noun: string): Shown[] {
  const file = join(import.meta.dirname, `../../../fixtures/${noun}.shown.json`);
  if (!existsSync(file)) return [];
  const rows: { after: string; command: string; prints: string; hex: string[] }[] = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return rows.map(({ hex, ...row }) => ({
    ...row,
    json: / -j /.test(row.command),
    payloads: hex.map((message) => bytesOf(message).subarray(16)),
  }));
}

/** A qdisc or class in the text of `tc -d -s … show`. */
export interface Block {
  readonly kind: string;
  readonly handle: string;
  /** What the kind prints of its options, and of its own statistics. */
  readonly options: string;
  readonly xstats: string;
}
const HEAD =
  /^(?:qdisc|class) (\S+) (\S*) (?:root |parent \S+ )?(?:leaf \S+ )?(?:refcnt \d+ )?(?:offloaded )?(?:ingress_block \d+ )?(?:egress_block \d+ )?/;
export function blocksOf(text: string): Block[] {
  return text
    .split(/^(?=(?:qdisc|class) )/m)
    .filter((block) => block !== "")
    .map((block) => {
      const head = HEAD.exec(block)!;
      const [before, after] = block.slice(head[0].length).split(/^ (?:Sent|\(dropped) .*\n backlog .*\n/m);
      return { kind: head[1]!, handle: head[2]!, options: before!.replace(/\n+$/, ""), xstats: after ?? "" };
    });
}

/** Keys of a qdisc in `tc -j -s` that are not the kind's. */
const COMMON = ["kind", "handle", "root", "parent", "refcnt", "offloaded", "ingress_block", "egress_block", "options", "bytes", "packets", "drops", "overlimits", "requeues", "rate", "pps", "backlog", "qlen"]; // biome-ignore format: a table
/** The keys of a kind's own statistics. */
export const xstatsIn = (qdisc: object): object =>
  Object.fromEntries(Object.entries(qdisc).filter(([key]) => !COMMON.includes(key)));
