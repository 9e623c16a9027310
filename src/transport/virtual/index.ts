/**
 * A kernel in memory: links, addresses, routes, rules, neighbours and namespaces as rtnetlink shows them, without root and without Linux.
 *
 * ```ts
 * const kernel = new VirtualKernel();
 * await using nl = await Connection.open({ transport: kernel.open() });
 * await nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
 * ```
 * It answers as Linux 6.12 does, and is held against the running kernel by random sequences of commands (test/kernel/model.test.ts): results,
 * errno and texts of refusals, events in their order, and what there is in the end.
 *
 * **Modelled**: links of the kinds dummy, ifb, veth, bridge, vlan, macvlan, ipvlan, vxlan, geneve, wireguard, vrf and nlmon, with masters, peers, carrier and
 * operational states, names, moves between namespaces and all that goes with them; addresses of both families with their routes, duplicate
 * detection and lifetimes; routes, multipath and nexthop objects, look-ups by rules; neighbours and proxies; rules; namespace ids; netconf; qdiscs,
 * classes, filters and chains; strict requests, dumps in parts and interrupted, overflow, unprivileged connections.
 *
 * **Not modelled**, and refused with EOPNOTSUPP where asked for, or listed as empty: other kinds of links; forwarding entries, multicast groups
 * and VLANs of bridges; neighbour tables; address labels; RTM_GETSTATS; MPLS; multicast routes; resilient nexthop groups; actions alone, shared
 * blocks and templates of chains; qdiscs other than htb, drr, prio, netem, tbf, fq_codel, codel, fq, pie, pfifo, bfifo, pfifo_fast, noqueue,
 * ingress and clsact. Options of filters other than u32, and actions in filters, come back as they were sent. Other protocols than rtnetlink.
 *
 * **Differences that stay**, with the reason:
 * - It sends no packets of its own: no neighbours of multicast addresses (MLD, IGMP) come and go, nothing is resolved or learned, counters
 *   stand still but for `transmit`, and what a bridge's clock counts stays 0.
 * - Neighbours are listed, and go with their device, in the order in which they came; the kernel's is that of a hash.
 * - Work that the kernel leaves to workers (carriers, duplicate detection) is done when the request is through: the kernel's order may vary.
 * - Duplicate address detection takes a second to the point, where the kernel adds up to one more at random, and never finds a duplicate.
 * - An IPv6 address that is there and is given a lifetime: Linux counts the end of its prefix's route from boot (modify_prefix_route), and may drop it
 *   with the next device that goes down. Here it lives as long as the address.
 * - Attributes are checked as far as their schema reads them; the policies' ranges are not.
 * - Offsets in refusals are those of attributes that this kernel names; not every one of Linux's is.
 * @module
 */
import { type ByteOrder, hostOrder } from "../../codec/wire/order.ts";
import { NamespaceNotFound } from "../errors.ts";
import { NetlinkError } from "../netlink-error.ts";
import type { NetnsSpec, Transport } from "../transport.ts";
import type { ClockMode } from "./clock.ts";
import { isSetting, setSetting } from "./devconf.ts";
import { rtnetlinkReceive } from "./dispatch.ts";
import { Kernel } from "./kernel.ts";
import { runLinkwatch } from "./link-state.ts";
import { emptyState, endNetns, newNetns } from "./netns.ts";
import { notifyDevice } from "./notifier.ts";
import type { SocketOptions } from "./socket.ts";
import { fromJson, isLike, STATE_VERSION, type State, toJson } from "./state.ts";
import { runTimer } from "./timers.ts";
import { type Traffic, transmit } from "./traffic.ts";

export { NamespaceNotFound } from "../errors.ts";
export type { AnotherOptions, Datagram, NetnsHandle, NetnsSpec, Transport } from "../transport.ts";
export { TransportError } from "../transport.ts";
export type { ClockMode } from "./clock.ts";
export type { Traffic } from "./traffic.ts";

export interface VirtualKernelOptions {
  /** `"running"` (the default) follows the system's time; `"manual"` stands still until `advance`. */
  readonly clock?: ClockMode | undefined;
  /** What random addresses are made from: the same seed, the same addresses. 1 by default. */
  readonly seed?: number | undefined;
  /** In place of `seed`: gives numbers of 32 bits, two for an address. */
  readonly random?: (() => number) | undefined;
  /** Settings of new namespaces: `{ "net.ipv6.conf.all.accept_dad": 0 }`. */
  readonly sysctls?: { readonly [name: string]: number } | undefined;
  /** Byte order of the host that it pretends to be. This one's by default. */
  readonly byteOrder?: ByteOrder | undefined;
}

/** How a connection to the kernel is. */
export interface OpenOptions extends SocketOptions {
  /** The namespace that it is in: a name, `{ path }` whose last part is one, `{ pid }` or `{ fd }`; the first one by default. */
  readonly netns?: NetnsSpec | undefined;
}

/** What {@link VirtualKernel.save} gives: plain JSON. */
export interface SavedKernel {
  readonly nlink: "virtual-kernel";
  readonly version: number;
  readonly state: unknown;
}

/** A saved kernel that cannot be loaded. `reason` says why. */
export class SavedKernelError extends Error {
  override readonly name = "SavedKernelError";
  readonly reason: string;
  constructor(reason: string) {
    super(`saved kernel: ${reason}`);
    this.reason = reason;
  }
}

const FIRST = 1;

/** Whether a state has what a fresh one has, down to each device. */
function isWhole(state: Partial<State> | undefined): state is State {
  const fresh = emptyState(1);
  const net = newNetns(fresh);
  const lo = net.links.get(1);
  return (
    isLike(fresh, state) &&
    state!.netns!.has(FIRST) &&
    [...state!.netns!.values()].every(
      (found) => isLike(net, found) && [...found.links.values()].every((link) => isLike(lo, link)),
    ) &&
    [...state!.names!.values()].every((id) => state!.netns!.has(id))
  );
}

export class VirtualKernel {
  readonly #kernel: Kernel;
  readonly #sysctls: { readonly [name: string]: number };

  /** `restored` is for `load`. @throws {RangeError} a sysctl that is not modelled */
  constructor(options: VirtualKernelOptions = {}, restored?: unknown) {
    const state = (restored as State | undefined) ?? emptyState((options.seed ?? 1) >>> 0 || 1);
    this.#sysctls = options.sysctls ?? {};
    this.#kernel = new Kernel(state, options.clock ?? "running", options.byteOrder ?? hostOrder, {
      receive: rtnetlinkReceive,
      device: notifyDevice,
      linkwatch: runLinkwatch,
      timer: runTimer,
      random: options.random,
    });
    if (restored === undefined) this.#newNetns();
  }

  /** A connection's transport: `Connection.open({ transport: kernel.open({ netns: "blue" }) })`. @throws {NamespaceNotFound} */
  open(options: OpenOptions = {}): Transport {
    const { netns, ...rest } = options;
    return this.#kernel.open(netns === undefined ? FIRST : this.#kernel.resolve(netns), rest);
  }

  /** Makes a namespace with a name, as `ip netns add` does. @throws {NetlinkError} EEXIST */
  createNetns(name: string): void {
    if (this.#kernel.state.names.has(name))
      throw new NetlinkError({ code: "EEXIST", errno: 17, operation: `create namespace ${name}` });
    this.#kernel.state.names.set(name, this.#newNetns());
  }
  /** Takes a namespace's name, and ends it: the virtual kernel's namespaces do not outlive their names. @throws {NamespaceNotFound} */
  deleteNetns(name: string): void {
    const id = this.#kernel.state.names.get(name);
    if (id === undefined) throw new NamespaceNotFound(name);
    this.#kernel.state.names.delete(name);
    endNetns(this.#kernel, id);
  }
  listNetns(): string[] {
    return [...this.#kernel.state.names.keys()].sort();
  }
  /** Lets `{ pid }` mean a namespace, as if a process ran in it. @throws {NamespaceNotFound} */
  setProcess(pid: number, netns: NetnsSpec): void {
    this.#kernel.state.processes.set(pid, this.#kernel.resolve(netns));
  }

  /**
   * Sets a sysctl: `setSysctl("net.ipv4.conf.veth0.promote_secondaries", 1)`, of `all`, `default` or a device.
   * @throws {NamespaceNotFound} @throws {RangeError} one that is not modelled, or of no device
   */
  setSysctl(name: string, value: number, netns?: NetnsSpec): void {
    this.#setSysctl(netns === undefined ? FIRST : this.#kernel.resolve(netns), name, value);
  }

  /** Milliseconds that have passed for the kernel. */
  get now(): number {
    return this.#kernel.now();
  }
  /** Lets time pass at once: addresses expire, duplicate address detection ends. */
  advance(ms: number): void {
    this.#kernel.advance(ms);
  }

  /**
   * Lets a device send packets that nobody wrote: counters of links, qdiscs and classes move, netem loses its share, the peer receives.
   * Returns how many left the device. @throws {RangeError} no such device @throws {NamespaceNotFound}
   */
  transmit(device: string, traffic: Traffic, netns?: NetnsSpec): number {
    const net = this.#kernel.netns(netns === undefined ? FIRST : this.#kernel.resolve(netns));
    const link = [...net.links.values()].find((one) => one.name === device);
    if (link === undefined) throw new RangeError(`there is no device ${device}`);
    return transmit(this.#kernel, link, traffic);
  }

  /** All that there is, as plain JSON; connections are no part of it. */
  save(): SavedKernel {
    const { state } = this.#kernel;
    return { nlink: "virtual-kernel", version: STATE_VERSION, state: toJson({ ...state, now: this.#kernel.now() }) };
  }
  /** A kernel as it was saved. @throws {SavedKernelError} what is no saved kernel, or one of another version */
  static load(saved: unknown, options: Omit<VirtualKernelOptions, "seed"> = {}): VirtualKernel {
    if (typeof saved !== "object" || saved === null) throw new SavedKernelError("it is not an object");
    const { nlink, version, state } = saved as Partial<SavedKernel>;
    if (nlink !== "virtual-kernel") throw new SavedKernelError('"nlink" is not "virtual-kernel"');
    if (version !== STATE_VERSION)
      throw new SavedKernelError(`version ${String(version)} is not ${STATE_VERSION}, the one that is read here`);
    const restored = fromJson(state) as Partial<State> | undefined;
    if (!isWhole(restored)) throw new SavedKernelError("its state is damaged");
    return new VirtualKernel(options, restored);
  }

  #newNetns(): number {
    const { id } = newNetns(this.#kernel.state);
    for (const [name, value] of Object.entries(this.#sysctls)) this.#setSysctl(id, name, value);
    return id;
  }
  #setSysctl(netns: number, name: string, value: number): void {
    const [, family, of, setting] = /^net\.(ipv4|ipv6)\.conf\.(.+)\.([a-z0-9_]+)$/.exec(name) ?? [];
    const member = setting?.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    if (!of || !member || !isSetting(family as "ipv4" | "ipv6", member))
      throw new RangeError(`sysctl ${name} is not modelled`);
    const net = this.#kernel.netns(netns);
    const index =
      of === "all" || of === "default" ? of : [...net.links.values()].find((link) => link.name === of)?.index;
    if (index === undefined) throw new RangeError(`sysctl ${name}: there is no device ${of}`);
    setSetting(net, family as "ipv4" | "ipv6", index, member, value);
  }
}
