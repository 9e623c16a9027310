/** A netlink socket of a kernel in memory. @module */
import { errno } from "../../codec/nlmsg/errno.ts";
import {
  type AnotherOptions,
  type Datagram,
  type NetnsHandle,
  type NetnsSpec,
  type Transport,
  TransportError,
} from "../transport.ts";
import type { Dump } from "./dump.ts";
import type { Kernel } from "./kernel.ts";

export interface SocketOptions extends AnotherOptions {
  /** Without CAP_NET_ADMIN: what changes anything is refused with EPERM. */
  readonly unprivileged?: boolean | undefined;
}

/** Bytes that are queued before datagrams are dropped: net.core.rmem_default. */
const RMEM_DEFAULT = 212_992;
/** What a datagram costs beside its bytes: struct sk_buff and the rounding of its memory. */
const OVERHEAD = 768;

interface Queued {
  readonly bytes: Uint8Array;
  readonly group: number;
  readonly nsid: number | undefined;
}

export class VirtualSocket implements Transport {
  readonly protocol = 0;
  readonly portId: number;
  readonly byteOrder: "little" | "big";
  readonly kernel: Kernel;
  /** Id of the namespace that it is in. */
  readonly netns: number;
  readonly options: SocketOptions;
  readonly groups = new Set<number>();
  /** The dump under way. */
  dump: Dump | undefined;
  readonly #queue: Queued[] = [];
  #first = 0;
  #memory = 0;
  #dropped = 0;
  #overran = false;
  #closed = false;
  #listener: (() => void) | undefined;
  #scheduled = false;
  #referenced = false;
  #alive: ReturnType<typeof setInterval> | undefined;

  constructor(kernel: Kernel, netns: number, portId: number, options: SocketOptions) {
    this.kernel = kernel;
    this.netns = netns;
    this.portId = portId;
    this.options = options;
    this.byteOrder = kernel.order;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(datagram: Uint8Array): void {
    this.#check("sendto");
    this.kernel.receive(this, datagram.slice());
  }

  receive(): Datagram | undefined {
    this.#check("recvmsg");
    this.kernel.catchUp();
    if (this.#overran) {
      this.#overran = false;
      throw new TransportError("recvmsg", "ENOBUFS", errno.ENOBUFS);
    }
    const next = this.#queue[this.#first];
    if (next === undefined) return undefined;
    this.#first++;
    if (this.#first > 64 && this.#first * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#first);
      this.#first = 0;
    }
    this.#memory -= next.bytes.length + OVERHEAD;
    // The kernel makes a dump's next part when the last was read (netlink_recvmsg).
    this.dump?.next();
    return { bytes: next.bytes, sender: 0, group: next.group, truncated: 0, nsid: next.nsid };
  }

  /** Queues a datagram, or drops it if there is no room. */
  deliver(bytes: Uint8Array, group = 0, nsid?: number): void {
    if (this.#closed) return;
    const limit = (this.options.receiveBufferSize ?? RMEM_DEFAULT / 2) * 2;
    if (this.#memory > 0 && this.#memory + bytes.length + OVERHEAD > limit) {
      this.#dropped++;
      this.#overran = true;
    } else {
      this.#queue.push({ bytes, group, nsid });
      this.#memory += bytes.length + OVERHEAD;
    }
    this.#schedule();
  }

  listen(listener: (() => void) | undefined): void {
    this.#check("listen");
    this.#listener = listener;
    this.#keepAlive();
    this.#schedule();
  }

  join(group: number): void {
    this.#check("setsockopt NETLINK_ADD_MEMBERSHIP");
    if (!Number.isInteger(group) || group < 1 || group > 39)
      throw new TransportError("setsockopt NETLINK_ADD_MEMBERSHIP", "EINVAL", errno.EINVAL);
    this.groups.add(group);
  }
  leave(group: number): void {
    this.#check("setsockopt NETLINK_DROP_MEMBERSHIP");
    this.groups.delete(group);
  }

  openNetns(spec: NetnsSpec): NetnsHandle {
    return this.kernel.openNetns(spec);
  }
  another(options: AnotherOptions = {}): VirtualSocket {
    this.#check("open another socket");
    return this.kernel.open(this.netns, { ...this.options, allNamespaces: false, ...options });
  }
  drops(): number {
    return this.#dropped;
  }
  ref(): void {
    this.#referenced = true;
    this.#keepAlive();
  }
  unref(): void {
    this.#referenced = false;
    this.#keepAlive();
  }
  psched(): string {
    return "000003e8 00000040 000f4240 3b9aca00\n";
  }
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener = undefined;
    this.#keepAlive();
    this.kernel.forget(this);
  }

  /** A listener keeps the process alive, as one of a file descriptor does: whatever it waits for comes through a timer or another socket. */
  #keepAlive(): void {
    const wanted = this.#referenced && this.#listener !== undefined && !this.#closed;
    if (wanted === (this.#alive !== undefined)) return;
    if (wanted) this.#alive = setInterval(() => {}, 2 ** 30);
    else {
      clearInterval(this.#alive);
      this.#alive = undefined;
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#listener === undefined || (this.#first === this.#queue.length && !this.#overran))
      return;
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      if (this.#closed) return;
      this.#listener?.();
      this.#schedule();
    }, 0);
  }

  #check(operation: string): void {
    if (this.#closed) throw new TransportError(operation, "EBADF", errno.EBADF, "the transport is closed");
  }
}
