/** route: the realms of the route that the packet takes (net/sched/cls_route.c). @module */
import { attrs } from "../../schema/attrs.ts";
import { fail, show } from "../../schema/program.ts";
import { device, u32 } from "../../schema/scalar.ts";
import { actionList } from "../action.ts";
import { showActions } from "../action-list.ts";
import {
  CLASS_KNOWN,
  CLASS_WORDS,
  type Classed,
  type ClassOptions,
  filterBase,
  filterBaseWords,
  filterPolice,
  POLICE_KNOWN,
  POLICE_WORDS,
  type Policed,
  type PolicedOptions,
  parseFilterWord,
  readFilterBase,
  showClassid,
  showPolice,
} from "../filter-base.ts";
import type { TcContext, TcKind } from "../kind.ts";
import { count, known } from "../options.ts";
import { parseInteger, type Words } from "../words.ts";

/** TCA_ROUTE4_* (route4_dump). */
export const routeSchema = attrs(
  "route",
  { c: "TCA_ROUTE4_" },
  {
    to: [2, u32],
    iif: [4, device(u32)],
    from: [3, u32],
    classid: [1, u32],
    police: [5, filterPolice],
    act: [6, actionList],
  },
);

/** The handle follows from the options, and need not be given. */
export interface RouteClassifierOptions extends ClassOptions, PolicedOptions {
  /** Realms of destination and source: 0 to 255. */
  readonly to?: number | undefined;
  readonly from?: number | undefined;
  /** The device that the packet came in by, in place of `from`. */
  readonly fromif?: string | number | undefined;
  /** Place among those that are otherwise the same: 1 to 127. */
  readonly order?: number | undefined;
}
export interface RouteClassifier extends Classed, Policed {
  to?: number;
  from?: number;
  fromif?: string | number;
  order?: number;
}

const REALM = 0xff;
const ORDER = 0x7f;
const NO_TO = 0x8000;
const NO_FROM = 0xffff0000;
const INTERFACE = 0x8000;
const ORDER_SHIFT = 8;
const orderOf = (handle: number): number => (handle >>> ORDER_SHIFT) & ORDER;

function partsOf(options: RouteClassifierOptions, { deviceIndex }: TcContext) {
  const { fromif } = options;
  const to = count(options, "to", REALM);
  const from = count(options, "from", REALM);
  const order = count(options, "order", ORDER, 1);
  if (from !== undefined && fromif !== undefined) fail("fromif", -1, "stands in place of from: give one");
  const iif = fromif === undefined ? undefined : typeof fromif === "string" ? deviceIndex(fromif) : fromif;
  if (iif !== undefined && (!Number.isInteger(iif) || iif < 0 || iif > 0x7fff))
    fail("fromif", -1, `${show(fromif)} is not a device with an index up to 32767`);
  return { to, from, order, iif };
}

export const routeKind: TcKind<"route", typeof routeSchema, RouteClassifierOptions, RouteClassifier> = {
  kind: "route",
  schema: routeSchema,
  toWire(options, context) {
    known(options, { ...CLASS_KNOWN, ...POLICE_KNOWN, to: true, from: true, fromif: true, order: true });
    const { to, from, iif } = partsOf(options, context);
    return {
      ...filterBase(options, context),
      ...(to !== undefined && { to }),
      ...(from !== undefined && { from }),
      ...(iif !== undefined && { iif }),
    };
  },
  fromWire(value, context) {
    const order = orderOf(context.handle);
    return {
      ...(value.to !== undefined && { to: value.to }),
      ...(value.from !== undefined && { from: value.from }),
      ...(value.iif !== undefined && { fromif: context.deviceName(value.iif) ?? value.iif }),
      ...(order !== 0 && { order }),
      ...readFilterBase(value, context),
    };
  },
  parse(words, context) {
    const accepted = [...CLASS_WORDS, ...POLICE_WORDS];
    const out: { to?: number; from?: number; fromif?: string; order?: number } = {};
    while (!words.done) {
      if (parseFilterWord(words, out as Record<string, unknown>, context, accepted)) continue;
      const word = words.take("to", "from", "fromif", "order");
      if (word === "to" || word === "from") out[word] = realm(words, word);
      else if (word === "fromif") out.fromif = words.next(word, "a device");
      else if (word === "order") out.order = words.integer(word, ORDER, 1);
      else words.unknown(words.next(), ["to", "from", "fromif", "order", ...accepted]);
    }
    return out;
  },
  words: (options, context) => [
    ...(["to", "from", "fromif", "order"] as const).flatMap((name) =>
      options[name] === undefined ? [] : [name, String(options[name])],
    ),
    ...filterBaseWords(options, context),
  ],
  // route_print_opt of iproute2's tc/f_route.c; in its JSON both realms are called "name".
  show(value, out, context) {
    const { handle, deviceName } = context;
    const order = orderOf(handle);
    if (handle !== 0) out.put("fh", `0x${handle.toString(16)}`, `fh 0x${handle.toString(16).padStart(8, "0")} `);
    if (order !== 0) out.put("order", order, `order ${order} `);
    showClassid(value.classid, out);
    for (const name of ["to", "from"] as const)
      if (value[name] !== undefined) out.put("name", realmName(value[name]), `${name} ${realmName(value[name])} `);
    if (value.iif !== undefined) {
      const name = deviceName(value.iif) ?? `if${value.iif}`;
      out.put("fromif", name, `fromif ${name}`);
    }
    showPolice(value.police, out, context, "");
    if (value.act) showActions(value.act, out, context);
  },
  // route_parse_opt: what is not asked for has all bits.
  handleOf(options, handle, context) {
    if (handle !== 0) return handle;
    const { to, from, order, iif } = partsOf(options, context);
    const source = iif === undefined ? (from === undefined ? NO_FROM : from << 16) : (INTERFACE | iif) << 16;
    return (source | ((order ?? 0) << ORDER_SHIFT) | (to ?? NO_TO)) >>> 0;
  },
};
/** The one that /etc/iproute2/rt_realms names by default. */
const COSMOS = "cosmos";
const realmName = (realm: number): string => (realm === 0 ? COSMOS : String(realm));
const realm = (words: Words, word: string): number =>
  words.value(word, `a realm: 0 to ${REALM}`, (w) => {
    const number = w === COSMOS ? 0 : parseInteger(w);
    return number !== undefined && number >= 0 && number <= REALM ? number : undefined;
  });
