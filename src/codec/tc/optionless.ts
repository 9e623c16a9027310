/** Kinds without options. @module */
import { attrs } from "../schema/attrs.ts";
import type { Codec, Value } from "../schema/codec.ts";
import type { TcContext, TcKind } from "./kind.ts";
import { known } from "./options.ts";
import type { Out } from "./show.ts";

/** The kernel reports an empty nest for some (ingress_dump), nothing for others, and ingress and clsact refuse to be sent one. */
const nothing = attrs("nothing", { c: "" }, {});
export type NoOptions = { readonly [option: string]: never };

export const optionless = <const K extends string, X extends Codec = never>(
  kind: K,
  facts: {
    readonly shown?: string;
    readonly xstats?: X;
    readonly showXstats?: (value: Value<X>, out: Out, context: TcContext) => void;
  } = {},
): TcKind<K, typeof nothing, NoOptions, {}, X> => {
  const { shown, ...statistics } = facts;
  return {
    kind,
    schema: nothing,
    ...statistics,
    toWire(options) {
      known(options, {});
      return undefined;
    },
    fromWire: () => ({}),
    parse(words) {
      if (!words.done) words.fail(`${JSON.stringify(words.ahead)} is not known here: it has no options`);
      return {};
    },
    words: () => [],
    show(_value, out) {
      if (shown !== undefined) out.say(shown);
    },
  };
};
