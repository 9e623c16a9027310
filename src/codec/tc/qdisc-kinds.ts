/** All kinds of qdiscs. To add one: a file under qdisc/, and a line here. @module */
import { kindNamed, type OptionsIn, type OptionsOut, parseOptions, printOptions, type TcContext } from "./kind.ts";
import { fqCodelKind } from "./qdisc/fq-codel.ts";
import { htbKind } from "./qdisc/htb.ts";
import { netemKind } from "./qdisc/netem.ts";

export const qdiscKinds = {
  netem: netemKind,
  htb: htbKind,
  fq_codel: fqCodelKind,
} as const;
/** The kinds whose options have a form here. A qdisc may be of any other; its options then stay bytes. */
export type QdiscKind = keyof typeof qdiscKinds;
export type QdiscOptionsIn<K extends QdiscKind> = OptionsIn<(typeof qdiscKinds)[K]>;
export type QdiscOptionsOut<K extends QdiscKind> = OptionsOut<(typeof qdiscKinds)[K]>;

/** A qdisc to make: its kind and its options. */
export type QdiscSpec = {
  [K in QdiscKind]: { readonly kind: K; readonly options?: QdiscOptionsIn<K> | undefined };
}[QdiscKind];

/** Qdisc options of tc's words: what stands behind the kind. @throws {CodecError} begins with the kind and names the word */
export function parseQdisc<K extends QdiscKind>(
  kind: K,
  words: readonly string[],
  context: Partial<TcContext> = {},
): { readonly kind: K; readonly options: QdiscOptionsIn<K> } {
  return { kind, options: parseOptions(kindNamed(qdiscKinds, kind, "qdisc"), words, context) as QdiscOptionsIn<K> };
}
/** tc's words for options that were read. */
export const printQdisc = <K extends QdiscKind>(
  { kind, options }: { readonly kind: K; readonly options: QdiscOptionsOut<K> },
  context: Partial<TcContext> = {},
): string[] => printOptions(kindNamed(qdiscKinds, kind, "qdisc"), options, context);
