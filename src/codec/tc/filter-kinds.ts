/** All kinds of filters. To add one: a file under filter/, and a line here. @module */
import { basicKind } from "./filter/basic.ts";
import { bpfKind } from "./filter/bpf.ts";
import { cgroupKind } from "./filter/cgroup.ts";
import { flowKind } from "./filter/flow.ts";
import { flowerKind } from "./filter/flower.ts";
import { fwKind } from "./filter/fw.ts";
import { matchallKind } from "./filter/matchall.ts";
import { routeKind } from "./filter/route.ts";
import { u32Kind } from "./filter/u32.ts";
import { kindNamed, type OptionsIn, type OptionsOut, parseOptions, printOptions, type TcContext } from "./kind.ts";

export const filterKinds = {
  basic: basicKind,
  bpf: bpfKind,
  cgroup: cgroupKind,
  flow: flowKind,
  flower: flowerKind,
  fw: fwKind,
  matchall: matchallKind,
  route: routeKind,
  u32: u32Kind,
} as const;
export type FilterKind = keyof typeof filterKinds;
export type FilterOptionsIn<K extends FilterKind> = OptionsIn<(typeof filterKinds)[K]>;
export type FilterOptionsOut<K extends FilterKind> = OptionsOut<(typeof filterKinds)[K]>;

/** A filter to make: its kind and its options. */
export type FilterSpec = {
  [K in FilterKind]: { readonly kind: K; readonly options?: FilterOptionsIn<K> | undefined };
}[FilterKind];

/** Filter options of tc's words: what stands behind the kind. @throws {CodecError} begins with the kind and names the word */
export function parseFilter<K extends FilterKind>(
  kind: K,
  words: readonly string[],
  context: Partial<TcContext> = {},
): { readonly kind: K; readonly options: FilterOptionsIn<K> } {
  return { kind, options: parseOptions(kindNamed(filterKinds, kind, "filter"), words, context) as FilterOptionsIn<K> };
}
/** tc's words for options that were read. */
export const printFilter = <K extends FilterKind>(
  { kind, options }: { readonly kind: K; readonly options: FilterOptionsOut<K> },
  context: Partial<TcContext> = {},
): string[] => printOptions(kindNamed(filterKinds, kind, "filter"), options, context);
