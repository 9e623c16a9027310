/** The kernel itself: its state, its sockets, its time, and what it tells them. @module */
import { errno } from "../../codec/nlmsg/errno.ts";
import { beginMessage, endMessage, NLM_F_ECHO, type RawMessage } from "../../codec/nlmsg/header.ts";
import type { Attrs } from "../../codec/schema/attrs.ts";
import { encodeTo } from "../../codec/schema/engine.ts";
import type { ByteOrder } from "../../codec/wire/order.ts";
import { Writer } from "../../codec/wire/writer.ts";
import { NamespaceNotFound } from "../errors.ts";
import { type NetnsHandle, type NetnsSpec, netnsText, TransportError } from "../transport.ts";
import { type Clock, type ClockMode, createClock } from "./clock.ts";
import { type SocketOptions, VirtualSocket } from "./socket.ts";
import type { Link, Netns, State, Timer } from "./state.ts";

/** Who caused a notification: it bears the sequence number and port id of the request. */
export interface Cause {
  readonly socket: VirtualSocket;
  readonly message: RawMessage;
}

/** A message to a multicast group. */
export interface Notice {
  readonly type: number;
  readonly schema: Attrs;
  readonly value: object;
  readonly flags?: number;
}

/** What happens to a device, as the protocols and drivers hear of it (NETDEV_UP and its like). */
export type DeviceEvent = "up" | "down" | "change" | "address" | "mtu" | "name" | "register" | "unregister";
/** What a kernel is made of: the nouns' files work on a kernel, and know nothing of who works beside them. */
export interface Parts {
  /** Takes a datagram of requests. */
  receive(kernel: Kernel, socket: VirtualSocket, datagram: Uint8Array): void;
  /** Tells everyone of a device's event (call_netdevice_notifiers). */
  device(kernel: Kernel, link: Link, event: DeviceEvent): void;
  /** A random number of 32 bits, in place of the kernel's own series. */
  random?: (() => number) | undefined;
  /** Acts on carriers that changed. */
  linkwatch(kernel: Kernel): void;
  timer(kernel: Kernel, timer: Timer): void;
}

export class Kernel {
  readonly #parts: Parts;
  readonly state: State;
  readonly clock: Clock;
  readonly order: ByteOrder;
  readonly sockets = new Set<VirtualSocket>();
  /** Links whose carrier changed: what follows is done when the request is through (net/core/link_watch.c). */
  readonly linkwatch = new Set<Link>();
  /** What a workqueue would do after that, once for each thing that it is about. */
  readonly work = new Map<object, () => void>();
  readonly #descriptors = new Map<number, number>();
  readonly #writer: Writer;
  #nextDescriptor = 3;
  #nextPort = 1000;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;

  constructor(state: State, mode: ClockMode, order: ByteOrder, parts: Parts) {
    this.#parts = parts;
    this.state = state;
    this.order = order;
    this.clock = createClock(mode, state.now);
    this.#writer = new Writer(order);
    this.#arm();
  }

  now(): number {
    return this.clock.now();
  }
  /** A number of 32 bits that is random enough for addresses, and the same in each run. */
  random(): number {
    const { random } = this.#parts;
    if (random) return random() >>> 0;
    // xorshift32
    let x = this.state.seed;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state.seed = x >>> 0;
    return this.state.seed;
  }

  // ---- namespaces and sockets -------------------------------------------------------------------------------------------------

  netns(id: number): Netns {
    const found = this.state.netns.get(id);
    if (found === undefined) throw new Error(`there is no namespace ${id}`);
    return found;
  }
  /** @throws {NamespaceNotFound} */
  resolve(spec: NetnsSpec): number {
    const id =
      typeof spec === "string"
        ? this.state.names.get(spec)
        : "pid" in spec
          ? this.state.processes.get(spec.pid)
          : "path" in spec
            ? this.state.names.get(spec.path.slice(spec.path.lastIndexOf("/") + 1))
            : this.#descriptors.get(spec.fd);
    if (id === undefined) throw new NamespaceNotFound(netnsText(spec));
    return id;
  }
  /** Namespace of a descriptor that a request holds. */
  byDescriptor(fd: number): number | undefined {
    return this.#descriptors.get(fd);
  }
  openNetns(spec: NetnsSpec): NetnsHandle {
    const id = this.resolve(spec);
    const fd = this.#nextDescriptor++;
    this.#descriptors.set(fd, id);
    return { fd, close: () => void this.#descriptors.delete(fd) };
  }
  open(netns: number, options: SocketOptions): VirtualSocket {
    if (options.allNamespaces && options.unprivileged)
      throw new TransportError("setsockopt NETLINK_LISTEN_ALL_NSID", "EPERM", errno.EPERM);
    const socket = new VirtualSocket(this, netns, this.#nextPort++, options);
    this.sockets.add(socket);
    return socket;
  }
  forget(socket: VirtualSocket): void {
    this.sockets.delete(socket);
  }

  // ---- requests and what is told ----------------------------------------------------------------------------------------------

  receive(socket: VirtualSocket, datagram: Uint8Array): void {
    this.catchUp();
    this.#parts.receive(this, socket, datagram);
    this.settle();
  }

  device(link: Link, event: DeviceEvent): void {
    this.#parts.device(this, link, event);
  }

  /** Does what the kernel's workers do once nobody holds the lock. */
  settle(): void {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (;;) {
        if (this.linkwatch.size > 0) this.#parts.linkwatch(this);
        else {
          const next = this.work.entries().next();
          if (next.done) break;
          const [about, work] = next.value;
          this.work.delete(about);
          work();
        }
      }
    } finally {
      this.#busy = false;
    }
    this.#arm();
  }

  /** Tells a multicast group, and whoever asked by NLM_F_ECHO (nlmsg_notify). */
  notify(
    net: Netns,
    group: number,
    type: number,
    schema: Attrs,
    fill: () => object,
    options: { readonly cause?: Cause | undefined; readonly flags?: number } = {},
  ): void {
    this.tell(net, group, () => [{ type, schema, value: fill(), flags: options.flags ?? 0 }], options.cause);
  }
  /** As `notify`, of several messages in one datagram. */
  tell(net: Netns, group: number, make: () => readonly Notice[], cause?: Cause): void {
    const echo = cause !== undefined && (cause.message.flags & NLM_F_ECHO) !== 0 ? cause.socket : undefined;
    let bytes: Uint8Array | undefined;
    for (const socket of this.sockets) {
      if (socket === echo || !socket.joined.has(group)) continue;
      let nsid: number | undefined;
      if (socket.netns !== net.id) {
        if (!socket.options.allNamespaces) continue;
        nsid = nsidOf(this.netns(socket.netns), net.id);
        if (nsid === undefined) continue;
      }
      bytes ??= this.#encode(make(), cause);
      socket.deliver(bytes, { group, nsid });
    }
    if (echo) echo.deliver(bytes ?? this.#encode(make(), cause), { group });
  }
  #encode(notices: readonly Notice[], cause: Cause | undefined): Uint8Array {
    const w = this.#writer;
    w.reset();
    for (const { type, schema, value, flags = 0 } of notices) {
      const at = beginMessage(w, {
        type,
        flags,
        sequence: cause?.message.sequence ?? 0,
        portId: cause?.socket.portId ?? 0,
      });
      encodeTo(w, schema, value);
      endMessage(w, at);
    }
    return w.take();
  }

  // ---- time -------------------------------------------------------------------------------------------------------------------

  schedule(timer: Timer): void {
    this.state.timers.push(timer);
    this.state.timers.sort((a, b) => a.at - b.at);
    this.#arm();
  }
  cancel(match: (timer: Timer) => boolean): void {
    this.state.timers = this.state.timers.filter((timer) => !match(timer));
  }
  /** Lets time pass, and what is due happen in its order. */
  advance(ms: number): void {
    const end = this.now() + ms;
    for (;;) {
      const next = this.state.timers[0];
      if (next === undefined || next.at > end) break;
      this.clock.advance(Math.max(0, next.at - this.now()));
      this.catchUp();
    }
    this.clock.advance(Math.max(0, end - this.now()));
  }
  /** Does what is due by now. */
  catchUp(): void {
    const now = this.now();
    while (this.state.timers.length > 0 && this.state.timers[0]!.at <= now) {
      this.#parts.timer(this, this.state.timers.shift()!);
      this.settle();
    }
  }
  #arm(): void {
    if (this.clock.mode === "manual") return;
    clearTimeout(this.#timer);
    const next = this.state.timers[0];
    if (next === undefined) return;
    const wait = Math.min(2 ** 31 - 1, Math.max(0, next.at - this.now()) + 1);
    this.#timer = setTimeout(() => {
      this.catchUp();
      this.#arm(); // for what is due later, and where this came too early
    }, wait);
    // Node's timers can be told not to keep the process alive; a browser's need not be.
    (this.#timer as { unref?(): void }).unref?.();
  }
}

/** The id that a namespace has for another one. */
export function nsidOf(net: Netns, other: number): number | undefined {
  for (const [nsid, id] of net.nsids) if (id === other) return nsid;
  return undefined;
}
