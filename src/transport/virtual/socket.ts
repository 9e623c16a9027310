/** A netlink socket of a kernel in memory. @module */
import { errno } from "../../codec/nlmsg/errno.ts";
import { MemoryTransport } from "../memory.ts";
import { type AnotherOptions, type Datagram, type NetnsHandle, type NetnsSpec, TransportError } from "../transport.ts";
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

export class VirtualSocket extends MemoryTransport {
  readonly kernel: Kernel;
  /** Id of the namespace that it is in. */
  readonly netns: number;
  readonly options: SocketOptions;
  /** The dump under way. */
  dump: Dump | undefined;
  #memory = 0;
  #overran = false;

  constructor(kernel: Kernel, netns: number, portId: number, options: SocketOptions) {
    super({ portId, byteOrder: kernel.order });
    this.kernel = kernel;
    this.netns = netns;
    this.options = options;
  }

  protected override sent(datagram: Uint8Array): void {
    this.kernel.receive(this, datagram);
  }

  override receive(): Datagram | undefined {
    this.check("recvmsg");
    this.kernel.catchUp();
    let next: Datagram | undefined;
    try {
      next = super.receive();
    } catch (e) {
      this.#overran = false;
      throw e;
    }
    if (next === undefined) return undefined;
    this.#memory -= next.bytes.length + OVERHEAD;
    // The kernel makes a dump's next part when the last was read (netlink_recvmsg).
    this.dump?.next();
    return next;
  }

  /** Queues a datagram, or drops it if there is no room. */
  override deliver(bytes: Uint8Array, more: Partial<Datagram> = {}): void {
    const limit = (this.options.receiveBufferSize ?? RMEM_DEFAULT / 2) * 2;
    if (this.#memory > 0 && this.#memory + bytes.length + OVERHEAD > limit) {
      if (this.#overran) this.lose();
      else this.overrun(1, true);
      this.#overran = true;
      return;
    }
    this.#memory += bytes.length + OVERHEAD;
    super.deliver(bytes, more);
  }

  override join(group: number): void {
    if (!this.closed && (!Number.isInteger(group) || group < 1 || group > 39))
      throw new TransportError("setsockopt NETLINK_ADD_MEMBERSHIP", "EINVAL", errno.EINVAL);
    super.join(group);
  }

  openNetns(spec: NetnsSpec): NetnsHandle {
    return this.kernel.openNetns(spec);
  }
  another(options: AnotherOptions = {}): VirtualSocket {
    this.check("open another socket");
    return this.kernel.open(this.netns, { ...this.options, allNamespaces: false, ...options });
  }
  psched(): string {
    return "000003e8 00000040 000f4240 3b9aca00\n";
  }
  override close(): void {
    if (this.closed) return;
    super.close();
    this.kernel.forget(this);
  }
}
