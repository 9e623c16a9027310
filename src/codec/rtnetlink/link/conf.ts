/** Arrays whose places have names: the settings and counters that address families report of a link. @module */
import type { BigScalar, Names, NumberScalar } from "../../schema/scalar.ts";
import { type Opt, opt, type Struct, type StructInput, type StructValue, struct } from "../../schema/struct.ts";

type Places<N extends string, V> = { readonly [K in N]: Opt<V> };
type Row<N extends string, V> = Struct<
  Places<N, V>,
  StructValue<Places<N, V>> & { rest?: Uint8Array },
  StructInput<Places<N, V>> & { rest?: Uint8Array }
>;

/**
 * A C array as a struct: one scalar for each name, in the order of the table, which says the places without a gap.
 * Kernels that know fewer send fewer; what newer ones append is in `rest`.
 */
export function row<N extends string>(item: NumberScalar, size: 4, table: Names<N>): Row<N, number>;
export function row<N extends string>(item: BigScalar, size: 8, table: Names<N>): Row<N, bigint>;
// @__NO_SIDE_EFFECTS__
export function row(item: NumberScalar | BigScalar, size: number, table: Names): Struct {
  const places = Object.keys(table.values);
  return struct("", { size: size * places.length }, Object.fromEntries(places.map((name) => [name, opt(item)])));
}
