/** Emulating another network for each peer. @module */
import { type Given, given } from "../../codec/schema/quantity.ts";
import { htbClass, netem } from "../../codec/tc/builders.ts";
import { known } from "../../codec/tc/options.ts";
import type { HtbClass } from "../../codec/tc/qdisc/htb.ts";
import type { Netem, NetemOptions } from "../../codec/tc/qdisc/netem.ts";
import type { Channel } from "../channel.ts";
import type { Device } from "../device.ts";
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

/** What befalls a peer's packets: nothing, without `netem` and `rate`. */
export type ImpairRule = Peer & { readonly netem?: NetemOptions | undefined } & Given<"rate", "rate">;
export interface ImpairOptions {
  /** The first that a packet matches counts. */
  readonly rules: readonly ImpairRule[];
  /** What befalls the packets that no rule is about, ARP and neighbour discovery among them: nothing by default. */
  readonly others?: NetemOptions | undefined;
}
/** What befalls whom. */
export interface Impairment {
  rules: (Peer & { netem?: Netem; rateBytesPerSecond?: number; stats: TcStats })[];
  others?: Netem;
}

/** "im" */
const HANDLE = "696d:";
const OTHERS = innerClass(HANDLE, 1);
const MARK: Mark = { handle: HANDLE, root: treeRoot(OTHERS) };

function treeOf(impair: ImpairOptions): Tree {
  const where = "impair";
  option(where, () => known(impair, { rules: true, others: true }));
  const peer = Object.fromEntries(PEER_KEYS.map((key) => [key, true as const]));
  const classes: Tree["classes"][number][] = [];
  const leaves: Tree["leaves"][number][] = [];
  const put = (handle: string, rate: number, impairment: NetemOptions | undefined) => {
    classes.push({ spec: htbClass(classOptions(rate, rate)), parent: HANDLE, handle });
    if (impairment !== undefined) leaves.push({ spec: netem(impairment), parent: handle });
  };
  if (impair.others !== undefined) put(OTHERS, UNLIMITED, impair.others);
  rulesList(where, impair.rules).forEach((rule, i) => {
    const rate = option(`${where}.rules[${i}]`, () => {
      known(rule, { ...peer, netem: true, rate: "rate" });
      return given(rule, "rate", "rate") ?? UNLIMITED;
    });
    put(classOf(HANDLE, i), rate, rule.netem);
  });
  return { ...MARK, classes, leaves, filters: filtersOf(where, HANDLE, impair.rules) };
}

/**
 * Delay, loss and so on for some of the packets of a device, by destination, source, subnet, port or MAC address.
 *
 * ```ts
 * await nl.impairer.apply("eth0", {
 *   rules: [
 *     { dstIp: "10.0.0.5", netem: { delay: "200ms" } },
 *     { dstIp: "10.1.0.0/16", netem: { loss: "5%" }, rate: "1mbit" },
 *     { dstPort: 22 }, // is left alone
 *   ],
 *   others: { delay: "20ms" },
 * });
 * ```
 * It is an htb, whose classes limit nothing but where there is a `rate`, with a netem in each, and flower filters.
 */
export class Impairer {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * Makes exactly these rules be in force in a direction; does nothing if they are.
   * @throws {ForeignQdisc} another qdisc is there, and `replace` was not given
   * @throws {OptionError} before anything is sent @throws {NetlinkError} after what was done has been undone
   */
  async apply(dev: Device, impair: ImpairOptions, how: ApplyOptions = {}): Promise<Plan> {
    return applyTree(this.#channel, dev, treeOf(impair), how);
  }
  /** The rules of a direction, with counters; undefined if there are none. @throws {InterfaceNotFound} */
  async get(dev: Device, how: SideOptions = {}): Promise<Impairment | undefined> {
    const present = await readTree(this.#channel, dev, MARK, how);
    if (!present) return undefined;
    const { qdiscs, classes, filters } = present;
    const netemOf = (handle: string): Netem | undefined => {
      const leaf = qdiscs.find((q) => q.parent === handle);
      return leaf?.kind === "netem" ? leaf.options : undefined;
    };
    const others = netemOf(OTHERS);
    return {
      rules: rulesOf(classes, filters).map(({ peer, class: { handle, options, stats } }) => {
        const { rateBytesPerSecond } = options as HtbClass;
        const impairment = netemOf(handle);
        return {
          ...peer,
          ...(impairment && { netem: impairment }),
          ...(rateBytesPerSecond !== UNLIMITED && { rateBytesPerSecond }),
          stats: stats!,
        };
      }),
      ...(others && { others }),
    };
  }
  /** Removes the rules, of both directions unless one is given, and the ifb, clsact and filter that were made for them. */
  clear(dev: Device, how: ClearOptions = {}): Promise<Plan> {
    return clearTree(this.#channel, dev, MARK, how);
  }
}
