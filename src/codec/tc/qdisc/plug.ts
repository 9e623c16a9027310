/** plug: holds everything back until it is told to let go (net/sched/sch_plug.c). It reports nothing. @module */
import type { Value } from "../../schema/codec.ts";
import { fail } from "../../schema/program.ts";
import { type Given, given } from "../../schema/quantity.ts";
import { enumeration, names, s32, u32, unit } from "../../schema/scalar.ts";
import { struct } from "../../schema/struct.ts";
import type { TcKind } from "../kind.ts";
import { choice, known } from "../options.ts";
import { readWords, sets, size } from "../word-table.ts";

const actions = names(
  "TCQ_PLUG_",
  { block: 0, release: 1, releaseIndefinite: 2, limit: 3 },
  { block: "BUFFER", release: "RELEASE_ONE", releaseIndefinite: "RELEASE_INDEFINITE", limit: "LIMIT" },
);
/** `struct tc_plug_qopt`. */
export const plugSchema = struct(
  "tc_plug_qopt",
  { size: 8 },
  { action: enumeration(s32, actions), limit: unit(u32, "bytes") },
);

/**
 * One of the two. `block` plugs the queue here, `release` lets go what came before that, `releaseIndefinite` everything until the next
 * `block`. When the qdisc is made it is plugged, and `limit` is all that counts: txqueuelen packets of the device's MTU by default.
 */
export type PlugOptions = Given<"limit", "size"> & {
  readonly action?: "block" | "release" | "releaseIndefinite" | undefined;
};
export const plugKind: TcKind<"plug", typeof plugSchema, PlugOptions, {}> = {
  kind: "plug",
  schema: plugSchema,
  toWire(options) {
    known(options, { limit: "size", action: true });
    const action = choice(options, "action", ["block", "release", "releaseIndefinite"]);
    const limit = given(options, "limit", "size");
    if (action !== undefined && limit !== undefined) fail("limit", -1, "limit and action are two changes: give one");
    if (limit !== undefined) return { action: actions.values.limit, limit: Math.trunc(limit) };
    return action === undefined ? undefined : { action: actions.values[action] };
  },
  fromWire: (_wire: Value<typeof plugSchema>) => ({}),
  parse: (words) =>
    readWords(words, {
      block: sets("action", "block"),
      release: sets("action", "release"),
      release_indefinite: sets("action", "releaseIndefinite"),
      limit: size("limit"),
    }),
  words: () => [],
  show() {},
};
