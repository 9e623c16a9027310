/** Names of devices, kept from what the kernel tells of links. @module */
import { type Link as LinkMessage, link } from "../../codec/rtnetlink/link/link.ts";
import { RTM } from "../../codec/rtnetlink/types.ts";
import { pick } from "../../codec/schema/attrs.ts";
import type { Channel } from "../channel.ts";
import { listDump } from "../dump.ts";
import { isNotFound, NetlinkError } from "../errors.ts";
import type { DeviceName } from "../facet.ts";
import type { Seen } from "./doubt.ts";

/** Devices that are gone keep their names for what the kernel still tells of them, so many of them. */
const REMEMBERED = 1024;

/** The names of one namespace. */
class Space {
  readonly names = new Map<number, string>();
  readonly gone = new Set<number>();
  readonly name: DeviceName = (index) => this.names.get(index);

  learn(index: number, name: string): void {
    this.names.set(index, name);
    this.gone.delete(index);
  }
  forget(index: number): void {
    this.gone.add(index);
    if (this.gone.size <= REMEMBERED) return;
    const [oldest] = this.gone;
    this.gone.delete(oldest!);
    this.names.delete(oldest!);
  }
}

const named = pick(link, "index", "ifname", "flags");

/** Names by namespace: undefined is the socket's own, others go by the id that they have there. */
export class DeviceNames {
  readonly #channel: Channel;
  readonly #spaces = new Map<number | undefined, Space>();
  readonly #seen: ((link: Seen) => void) | undefined;
  /** `seen` gets each link of this namespace that is read. */
  constructor(channel: Channel, seen?: (link: Seen) => void) {
    this.#channel = channel;
    this.#seen = seen;
  }

  /** How devices of a namespace are called; undefined if nothing has been read of it. */
  of(nsid: number | undefined): DeviceName | undefined {
    return this.#spaces.get(nsid)?.name;
  }

  /** Takes note of an event. */
  told(nsid: number | undefined, gone: boolean, { index, ifname }: LinkMessage): void {
    const space = this.#spaces.get(nsid);
    if (!space) return;
    if (gone) space.forget(index);
    else if (ifname !== undefined) space.learn(index, ifname);
  }

  /** A namespace's id is given to another: what was known is of no use. */
  drop(nsid: number): void {
    this.#spaces.delete(nsid);
  }

  /** Reads all names of a namespace. Of one that may not be looked into, devices stay indexes. */
  async read(nsid: number | undefined, signal?: AbortSignal | undefined): Promise<void> {
    const space = this.#spaces.get(nsid) ?? new Space();
    const value = nsid === undefined ? { extMask: 8 } : { extMask: 8, targetNetnsid: nsid };
    try {
      await listDump(
        this.#channel,
        {
          message: { type: RTM.getlink, schema: link, value },
          answer: named,
          map: ({ index, ifname, flags }) => {
            if (ifname !== undefined) space.learn(index, ifname);
            if (nsid === undefined) this.#seen?.({ index, flags, ifname });
          },
        },
        { operation: "list links", onInterrupted: "ignore", signal },
      );
    } catch (e) {
      // EINVAL, ENODEV: the id is no more; EACCES: it may not be looked into (rtnl_get_net_ns_capable).
      const refused = e instanceof NetlinkError && (isNotFound(e) || e.code === "EINVAL" || e.code === "EACCES");
      if (nsid === undefined || !refused) throw e;
    }
    this.#spaces.set(nsid, space);
  }
  /** Reads them anew, after a loss. */
  async readAll(signal?: AbortSignal | undefined): Promise<void> {
    for (const nsid of [...this.#spaces.keys()]) await this.read(nsid, signal);
  }
}
