/** The claims of the schemas against the kernel's headers, in both directions. @module */
import type { Claim, Claims, Group } from "./schemas.ts";
import { type Block, headersFor, measure, type Uapi } from "./uapi.ts";

/** A claim that the kernel does not confirm. */
export interface Mismatch extends Claim {
  /** The kernel's number, or that it has none; and what our number is there. */
  readonly kernel: string;
}
/** A constant of the kernel's that no schema declares, though one declares others of the same enum. */
export interface Gap {
  readonly c: string;
  readonly number: number;
  readonly header: string;
  /** The first constant of its enum. */
  readonly first: string;
  /** The schema that declares the others. */
  readonly path: string;
}
export interface Verdict {
  readonly mismatches: readonly Mismatch[];
  readonly gaps: { readonly [K in Group["kind"]]: readonly Gap[] };
  /** First constants of the attribute enums that no schema touches, with their header. */
  readonly untouched: readonly { readonly c: string; readonly header: string }[];
}

export function check({ claims, groups }: Claims, uapi: Uapi): Verdict {
  const headers = headersFor(
    uapi,
    claims.map(({ c }) => /struct \w+/.exec(c)?.[0] ?? c),
  );
  const blockOf = new Map<string, Block>();
  for (const block of uapi.blocks)
    if (headers.includes(block.header)) for (const member of block.members) blockOf.set(member, block);
  const blocksOf = (group: Group) => new Set(group.declared.flatMap(({ c }) => blockOf.get(c ?? "") ?? []));
  const touched = new Map<Block, Group[]>();
  for (const group of groups)
    for (const block of blocksOf(group)) touched.set(block, [...(touched.get(block) ?? []), group]);

  const expressions = new Set(claims.map(({ c }) => c).filter((c) => /^[A-Za-z_]\w*$|[( ]/.test(c)));
  for (const { members } of touched.keys()) for (const member of members) expressions.add(member);
  const values = measure(uapi, headers, expressions);

  const called = (number: number | bigint, block: Block): string | undefined =>
    block.members.find((member) => values.get(member) === BigInt(number));
  const groupOf = new Map(groups.flatMap((group) => group.declared.map(({ c }) => [c, group] as const)));
  const mismatches = claims.flatMap((claim): Mismatch[] => {
    const value = values.get(claim.c);
    if (value !== undefined && isWorth(claim.ours, value)) return [];
    const type = claim.kind === "size" ? undefined : /struct \w+/.exec(claim.c)?.[0];
    if (type && !values.has(`sizeof(${type})`)) return [];
    const group = groupOf.get(claim.c);
    const other = group && [...blocksOf(group)].map((block) => called(claim.ours, block)).find(Boolean);
    return [{ ...claim, kernel: `${value ?? "none"}${other ? ` (${claim.ours} is ${other})` : ""}` }];
  });

  const gaps = { attrs: [] as Gap[], names: [] as Gap[] };
  for (const [block, speakers] of touched) {
    const known = new Set(
      speakers.flatMap(({ declared }) => declared.filter(({ c }) => !c || blockOf.get(c) === block)),
    );
    const numbers = new Set([...known].map(({ number }) => BigInt(number)));
    const owner = speakers.find(({ kind }) => kind === "attrs") ?? speakers[0]!;
    for (const [i, member] of block.members.entries()) {
      const value = values.get(member);
      if (value === undefined || numbers.has(value) || isFiller(member, i === block.members.length - 1)) continue;
      gaps[owner.kind].push({
        c: member,
        number: Number(value),
        header: block.header,
        first: block.members[0]!,
        path: owner.path,
      });
    }
  }
  return { mismatches, gaps, untouched: untouched(uapi, touched) };
}

/** C has `1 << 31` for what is 2147483648 here. */
const isWorth = (ours: number | bigint, kernel: bigint): boolean =>
  kernel === BigInt(ours) || (kernel < 0n && kernel >= -(2n ** 31n) && kernel + 2n ** 32n === BigInt(ours));

/** What stands in an enum without being an attribute: its zero, its end, alignment, and numbers given up. */
const isFiller = (member: string, last: boolean): boolean =>
  /^_|_(UNSPEC|NONE|PAD\d*|UNUSED\d*)$/.test(member) || (last && member.endsWith("_MAX"));

/** Enums with an end mark (`__IFLA_MAX`) in the headers, or of the word (`IFLA_`), of a declared attribute set. */
function untouched({ blocks }: Uapi, touched: ReadonlyMap<Block, readonly Group[]>): Verdict["untouched"] {
  const sets = [...touched].filter(([, groups]) => groups.some(({ kind }) => kind === "attrs")).map(([block]) => block);
  const headers = new Set(sets.map(({ header }) => header));
  const words = new Set(sets.map(({ members }) => word(members[0]!)));
  return blocks
    .filter((block) => !touched.has(block) && block.members.some((member) => /^__.*_MAX$/.test(member)))
    .filter(({ header, members }) => headers.has(header) || words.has(word(members[0]!)))
    .map(({ header, members }) => ({ c: members[0]!, header }));
}
const word = (constant: string): string => /^_*[A-Z\d]+/.exec(constant)?.[0] ?? constant;

/** Rows as columns of text. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd();
  return [head, ...rows].map(line).join("\n");
}
