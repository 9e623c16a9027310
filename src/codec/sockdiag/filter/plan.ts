/** How to ask the kernel for the sockets of a filter: it takes states as a mask and the rest as bytecode, but not both in one. @module */
import { ALL_STATES, socketStates } from "../state.ts";
import { type Expression, FALSE, join, mapLeaves, someLeaf, TRUE } from "./expression.ts";

/** One dump: sockets in `states` (a bit each) for which `filter` holds, an expression without states. */
export interface Query {
  readonly states: number;
  readonly filter: Expression;
}

/**
 * The dumps that hold all sockets of a filter, and possibly others: run the filter on each again. None for a filter that nothing passes.
 *
 * For each state by itself a filter is one without states. Where these differ, a single dump asks for what passes any of them, unless the
 * filter asks what is not seen from outside, whether a socket is autobound: then each kind of state is a dump, and exact.
 */
export function planFilter(filter: Expression): Query[] {
  const residues = new Map<string, { states: number; filter: Expression }>();
  for (const state of Object.values<number>(socketStates.values)) {
    const bit = 1 << state;
    const left = mapLeaves(filter, (leaf) =>
      leaf.kind === "state" ? ((leaf.states & bit) !== 0 ? TRUE : FALSE) : leaf,
    );
    if (left.kind === "constant" && !left.value) continue;
    const key = JSON.stringify(left, (_, x) => (typeof x === "bigint" ? `${x}n` : x));
    const known = residues.get(key);
    if (known) known.states |= bit;
    else residues.set(key, { states: bit, filter: left });
  }
  const queries = [...residues.values()];
  if (queries.length < 2 || someLeaf(filter, (leaf) => leaf.kind === "autobound")) return queries;
  return [
    {
      states: queries.reduce((mask, q) => mask | q.states, 0),
      filter: join(
        "or",
        queries.map((q) => q.filter),
      ),
    },
  ];
}

/** States that sockets of a filter may be in: ALL_STATES where it says nothing of them. */
export const statesOf = (filter: Expression): number =>
  planFilter(filter).reduce((mask, q) => mask | q.states, 0) & ALL_STATES;
