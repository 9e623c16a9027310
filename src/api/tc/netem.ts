/** Emulating a network on a device. @module */
import { netem } from "../../codec/tc/builders.ts";
import type { Netem, NetemOptions } from "../../codec/tc/qdisc/netem.ts";
import type { Channel } from "../channel.ts";
import type { Device } from "../device.ts";
import { type ApplyOptions, applyTree, type ClearOptions, clearTree, readTree, type SideOptions } from "./helper.ts";
import type { Plan } from "./plan.ts";
import { rootOf, type Tree } from "./reconcile.ts";

/** "ne" */
const HANDLE = "6e65:";
const treeOf = (options: NetemOptions = {}): Tree => ({
  handle: HANDLE,
  root: netem(options),
  adopt: true,
  classes: [],
  leaves: [],
  filters: [],
});

/**
 * Delay, loss and so on of all that leaves a device, or of all that arrives.
 *
 * ```ts
 * await nl.netem.apply("eth0", { delay: "100ms", jitter: "10ms", loss: "1%" });
 * await nl.netem.apply("eth0", { loss: "5%" }, { direction: "ingress" });
 * await nl.netem.clear("eth0");
 * ```
 */
export class NetemHelper {
  readonly #channel: Channel;
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * Makes a netem of exactly these options stand at the device's root, or at its ingress's: adds it, changes the one that is there, whoever put
   * it there, or does nothing where it is so already. A `distribution` is not reported by the kernel; a connection that did not give it
   * itself sends it once more.
   * @throws {ForeignQdisc} a qdisc of another kind is there, and `replace` was not given
   * @throws {OptionError} before anything is sent @throws {NetlinkError} after what was done has been undone
   */
  async apply(dev: Device, options: NetemOptions, how: ApplyOptions = {}): Promise<Plan> {
    return applyTree(this.#channel, dev, treeOf(options), how);
  }
  /** Options of the netem that is there, which can be given again; undefined if there is none. @throws {InterfaceNotFound} */
  async get(dev: Device, how: SideOptions = {}): Promise<Netem | undefined> {
    const present = await readTree(this.#channel, dev, treeOf(), how);
    return present && (rootOf(present)!.options as Netem);
  }
  /** Removes the netem, of both directions unless one is given, and the ifb, clsact and filter that were made for it. */
  clear(dev: Device, how: ClearOptions = {}): Promise<Plan> {
    return clearTree(this.#channel, dev, treeOf(), how);
  }
}
