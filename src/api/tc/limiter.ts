/** Limits on the rate of a device, and of peers within it. @module */
import { fail } from "../../codec/schema/program.ts";
import { type Given, given } from "../../codec/schema/quantity.ts";
import { fqCodel, htbClass } from "../../codec/tc/builders.ts";
import { known } from "../../codec/tc/options.ts";
import type { HtbClass } from "../../codec/tc/qdisc/htb.ts";
import type { QdiscSpec } from "../../codec/tc/qdisc-kinds.ts";
import type { Channel } from "../channel.ts";
import type { Device } from "../device.ts";
import { OptionError } from "../options.ts";
import {
  type ApplyOptions,
  applyTree,
  type ClearOptions,
  clearTree,
  type Mark,
  readTree,
  type SideOptions,
} from "./helper.ts";
import { classOf, filtersOf, innerClass, PEER_KEYS, type Peer, rulesOf } from "./peers.ts";
import type { Plan } from "./plan.ts";
import type { Tree } from "./reconcile.ts";
import { classOptions, option, rulesList, treeRoot, UNLIMITED } from "./rule-tree.ts";
import type { TcStats } from "./stats.ts";

/** `rate` is what a peer gets, `ceil` what it may use of what others leave: as much as the rate by default. */
export type LimitRule = Peer & Given<"rate" | "ceil", "rate"> & Given<"burst", "size">;
/**
 * `rate` is of the device; without it only the rules limit. What no rule is about shares what they leave. `burst` is how much may go at once: what
 * 2 ms take by default.
 */
export type LimitOptions = Given<"rate", "rate"> &
  Given<"burst", "size"> & {
    /** The first that a packet matches counts. */
    readonly rules?: readonly LimitRule[] | undefined;
    /** What packets wait in: `fqCodel()` by default. */
    readonly queue?: QdiscSpec | undefined;
  };
/** What limits a device. */
export interface Limit {
  rateBytesPerSecond?: number;
  burstBytes?: number;
  rules: (Peer & {
    rateBytesPerSecond: number;
    ceilBytesPerSecond: number;
    burstBytes: number;
    stats: TcStats;
  })[];
  /** Of what no rule is about; undefined without a rate of the device. */
  others?: TcStats;
}

/** "li" */
const HANDLE = "6c69:";
const ALL = innerClass(HANDLE, 1);
const OTHERS = innerClass(HANDLE, 2);
const MARK: Mark = { handle: HANDLE, root: treeRoot(OTHERS) };

function treeOf(limit: LimitOptions): Tree {
  const where = "limit";
  const read = option(where, () => {
    known(limit, { rate: "rate", burst: "size", rules: true, queue: true });
    return { rate: given(limit, "rate", "rate"), burst: given(limit, "burst", "size") };
  });
  const rules = rulesList(where, limit.rules).map((rule, i) =>
    option(`${where}.rules[${i}]`, () => {
      const peer = Object.fromEntries(PEER_KEYS.map((key) => [key, true as const]));
      known(rule, { ...peer, rate: "rate", ceil: "rate", burst: "size" });
      const rate = given(rule, "rate", "rate") ?? fail("rate", -1, "is missing: rate, or rateBytesPerSecond");
      const ceil = given(rule, "ceil", "rate") ?? rate;
      if (read.rate !== undefined && ceil > read.rate)
        fail(rule.ceil === undefined ? "rate" : "ceil", -1, "is more than the device's");
      return { rate, ceil, burst: given(rule, "burst", "size") };
    }),
  );
  if (read.rate === undefined && rules.length === 0)
    throw new OptionError(`${where}.rate: is missing: a rate of the device, or rules`, "rate", "a rate, or rules");
  if (read.rate === 0) throw new OptionError(`${where}.rate: is zero`, "rate", "a rate above 0");
  const total = read.rate ?? UNLIMITED;
  const taken = rules.reduce((sum, { rate }) => sum + rate, 0);
  const classes: Tree["classes"][number][] = [
    { spec: htbClass(classOptions(total, total, read.burst)), parent: HANDLE, handle: ALL },
  ];
  // What the rules do not take is kept for the others; a hundredth at least.
  if (read.rate !== undefined) {
    const left = Math.max(Math.round(total - taken), Math.ceil(total / 100));
    classes.push({ spec: htbClass(classOptions(left, total, read.burst)), parent: ALL, handle: OTHERS });
  }
  rules.forEach(({ rate, ceil, burst }, i) => {
    classes.push({ spec: htbClass(classOptions(rate, ceil, burst)), parent: ALL, handle: classOf(HANDLE, i) });
  });
  const queue = limit.queue ?? fqCodel();
  return {
    ...MARK,
    classes,
    leaves: classes.slice(1).map(({ handle }) => ({ spec: queue, parent: handle })),
    filters: filtersOf(where, HANDLE, limit.rules ?? []),
  };
}

/**
 * Limits the rate at which packets leave a device, or arrive; as a whole, and by peer.
 *
 * ```ts
 * await nl.limiter.apply("eth0", { rate: "100mbit" });
 * await nl.limiter.apply("eth0", { rate: "10mbit", rules: [{ srcIp: "10.0.0.5", rate: "1mbit" }] }, { direction: "ingress" });
 * ```
 * It is an htb, with a queue (fq_codel) in each of its classes, and flower filters.
 */
export class Limiter {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * Makes the device have exactly these limits in a direction; does nothing if it has.
   * @throws {ForeignQdisc} another qdisc is there, and `replace` was not given
   * @throws {OptionError} before anything is sent @throws {NetlinkError} after what was done has been undone
   */
  async apply(dev: Device, limit: LimitOptions, how: ApplyOptions = {}): Promise<Plan> {
    return applyTree(this.#channel, dev, treeOf(limit), how);
  }
  /** The limits of a direction, with counters; undefined if there are none. @throws {InterfaceNotFound} */
  async get(dev: Device, how: SideOptions = {}): Promise<Limit | undefined> {
    const present = await readTree(this.#channel, dev, MARK, how);
    if (!present) return undefined;
    const { classes, filters } = present;
    const all = classes.find(({ handle }) => handle === ALL)?.options as HtbClass | undefined;
    const others = classes.find(({ handle }) => handle === OTHERS);
    return {
      ...(all &&
        all.rateBytesPerSecond !== UNLIMITED && {
          rateBytesPerSecond: all.rateBytesPerSecond,
          burstBytes: all.burstBytes,
        }),
      rules: rulesOf(classes, filters).map(({ peer, class: { options, stats } }) => {
        const { rateBytesPerSecond, ceilBytesPerSecond, burstBytes } = options as HtbClass;
        return { ...peer, rateBytesPerSecond, ceilBytesPerSecond, burstBytes, stats: stats! };
      }),
      ...(others?.stats && { others: others.stats }),
    };
  }
  /** Removes the limits, of both directions unless one is given, and the ifb, clsact and filter that were made for them. */
  clear(dev: Device, how: ClearOptions = {}): Promise<Plan> {
    return clearTree(this.#channel, dev, MARK, how);
  }
}
