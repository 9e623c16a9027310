/** TUN and TAP devices: /dev/net/tun (linux/if_tun.h, drivers/net/tun.c). @module */

import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { NetlinkError } from "../netlink-error.ts";
import { IFNAMSIZ, IFREQ_SIZE } from "./constants.ts";
import { errno } from "./errno.ts";
import { failure, systemFailure } from "./failure.ts";
import { libc } from "./libc.ts";
import { type NetnsSpec, withNetns } from "./netns.ts";
import { type Watch, watchReadable } from "./readable.ts";

export interface TunSettings {
  readonly mode: "tun" | "tap";
  /** Up to 15 bytes; one `%d` is a number that is free; empty, the kernel's choice. */
  readonly name: string;
  /** Fail if there is such a device (IFF_TUN_EXCL), rather than attach to it. */
  readonly exclusive: boolean;
  readonly pi: boolean;
  readonly vnetHdr: boolean;
  readonly multiQueue: boolean;
  readonly netns: NetnsSpec | undefined;
  readonly owner: number | string | undefined;
  readonly group: number | string | undefined;
  readonly persistent: boolean | undefined;
}

/** An open device, or one queue of it. */
export interface TunQueue {
  /** As the kernel has it. */
  readonly name: string;
  readonly fd: number;
  /** A packet that is there now, a copy. @throws {TransportError} `EBADFD` the device was removed */
  read(): Uint8Array | undefined;
  /** False if there is no room now. @throws {TransportError} `EIO` the device is down, `EINVAL` no packet, `EBADFD` */
  write(packet: Uint8Array): boolean;
  /** Calls `ready` from the event loop as long as there is something to read, or undefined: stops that. */
  listen(ready: (() => void) | undefined, referenced: boolean): void;
  setPersistent(persistent: boolean): void;
  /** TUN_F_*. */
  setOffload(flags: number): void;
  setVnetHdrSize(bytes: number): void;
  setCarrier(carrier: boolean): void;
  /** Bytes that may wait to be taken by the kernel (TUNSETSNDBUF). */
  setSendBuffer(bytes: number): void;
  close(): void;
}

const IFF_TUN = 1;
const IFF_TAP = 2;
const IFF_MULTI_QUEUE = 0x100;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const IFF_TUN_EXCL = 0x8000;

/** _IOW('T', number, int). Writing is bit 30, but bit 31 on POWER and MIPS (asm/ioctl.h). */
const request = (number: number): number =>
  ((/^(ppc|mips)/.test(process.arch) ? 0x80000000 : 0x40000000) | (4 << 16) | (0x54 << 8) | number) >>> 0;
const TUNSETIFF = request(202);
const TUNSETPERSIST = request(203);
const TUNSETOWNER = request(204);
const TUNSETGROUP = request(206);
const TUNSETOFFLOAD = request(208);
const TUNSETSNDBUF = request(212);
const TUNSETVNETHDRSZ = request(216);
const TUNSETCARRIER = request(226);

const { EAGAIN, EINTR } = errno;

/** What was read goes here, and a copy to the reader: the longest packet is 64 KiB, with headers before it. */
const SCRATCH = (1 << 16) + 256;
let scratch: Uint8Array | undefined;

/**
 * Makes or attaches to a device. Its namespace is that in which /dev/net/tun was opened.
 * @throws {TransportError} `EBUSY` it exists (`exclusive`) or has no free queue, `EPERM`, `EINVAL` it is of another mode
 * @throws {NetlinkError} `ENOENT`, `user not found: NAME`
 */
export function openTun(settings: TunSettings): TunQueue {
  const c = libc();
  const owner = idOf("user", "/etc/passwd", settings.owner);
  const group = idOf("group", "/etc/group", settings.group);
  const open = () => {
    try {
      return openSync("/dev/net/tun", constants.O_RDWR | constants.O_NONBLOCK);
    } catch (cause) {
      throw systemFailure(cause, "/dev/net/tun");
    }
  };
  const fd = settings.netns === undefined ? open() : withNetns(settings.netns, open);
  try {
    const set = (name: string, number: number, value: number, operation: string) => {
      if (c.ioctlValue(fd, number, value) < 0) throw failure(`ioctl ${operation}`, c.errno(), name);
    };
    const ifreq = new Uint8Array(IFREQ_SIZE);
    ifreq.set(new TextEncoder().encode(settings.name).subarray(0, IFNAMSIZ - 1));
    const { mode, pi, vnetHdr, multiQueue, exclusive, persistent } = settings;
    new Uint16Array(ifreq.buffer)[IFNAMSIZ / 2] =
      (mode === "tun" ? IFF_TUN : IFF_TAP) |
      (pi ? 0 : IFF_NO_PI) |
      (vnetHdr ? IFF_VNET_HDR : 0) |
      (multiQueue ? IFF_MULTI_QUEUE : 0) |
      (exclusive ? IFF_TUN_EXCL : 0);
    if (c.ioctl(fd, TUNSETIFF, ifreq) < 0) throw failure("ioctl TUNSETIFF", c.errno(), settings.name);
    const name = new TextDecoder().decode(ifreq.subarray(0, ifreq.indexOf(0)));
    if (owner !== undefined) set(name, TUNSETOWNER, owner, "TUNSETOWNER");
    if (group !== undefined) set(name, TUNSETGROUP, group, "TUNSETGROUP");
    if (persistent !== undefined) set(name, TUNSETPERSIST, persistent ? 1 : 0, "TUNSETPERSIST");
    return new Queue(name, fd);
  } catch (error) {
    closeSync(fd); // the device goes with it, unless it was there before or is persistent already
    throw error;
  }
}

interface Resources {
  fd: number;
  watch: Watch | undefined;
}
function release(resources: Resources): void {
  const { fd, watch } = resources;
  resources.fd = -1;
  resources.watch = undefined;
  // In this order: see readable.ts.
  watch?.close();
  closeSync(fd);
}
/** Closes what was dropped without close(). */
const dropped = new FinalizationRegistry<Resources>(release);

class Queue implements TunQueue {
  readonly name: string;
  readonly #libc = libc();
  readonly #resources: Resources;

  constructor(name: string, fd: number) {
    this.name = name;
    this.#resources = { fd, watch: undefined };
    dropped.register(this, this.#resources, this);
  }

  get fd(): number {
    return this.#resources.fd;
  }

  read(): Uint8Array | undefined {
    const fd = this.#open("read");
    scratch ??= new Uint8Array(Buffer.allocUnsafeSlow(SCRATCH).buffer);
    for (;;) {
      const length = this.#libc.read(fd, scratch, SCRATCH);
      if (length >= 0) return scratch.slice(0, length);
      const error = this.#libc.errno();
      if (error === EAGAIN) return undefined;
      if (error !== EINTR) throw failure("read", error, this.name);
    }
  }

  write(packet: Uint8Array): boolean {
    const fd = this.#open("write");
    for (;;) {
      if (this.#libc.write(fd, packet, packet.length) >= 0) return true;
      const error = this.#libc.errno();
      if (error === EAGAIN) return false;
      if (error !== EINTR) throw failure("write", error, error === errno.EIO ? `${this.name}: is it up?` : this.name);
    }
  }

  listen(ready: (() => void) | undefined, referenced: boolean): void {
    const fd = this.#open("listen");
    const resources = this.#resources;
    if (ready === undefined) {
      resources.watch?.pause();
      return;
    }
    resources.watch ??= watchReadable(fd);
    resources.watch.resume(() => {
      ready();
      return 0;
    }, referenced);
  }

  setPersistent(persistent: boolean): void {
    this.#value("TUNSETPERSIST", TUNSETPERSIST, persistent ? 1 : 0);
  }
  setOffload(flags: number): void {
    this.#value("TUNSETOFFLOAD", TUNSETOFFLOAD, flags);
  }
  setVnetHdrSize(bytes: number): void {
    this.#int("TUNSETVNETHDRSZ", TUNSETVNETHDRSZ, bytes);
  }
  setCarrier(carrier: boolean): void {
    this.#int("TUNSETCARRIER", TUNSETCARRIER, carrier ? 1 : 0);
  }
  setSendBuffer(bytes: number): void {
    this.#int("TUNSETSNDBUF", TUNSETSNDBUF, bytes);
  }

  close(): void {
    if (this.#resources.fd < 0) return;
    dropped.unregister(this);
    release(this.#resources);
  }

  #value(operation: string, number: number, value: number): void {
    const fd = this.#open(operation);
    if (this.#libc.ioctlValue(fd, number, value) < 0)
      throw failure(`ioctl ${operation}`, this.#libc.errno(), this.name);
  }
  #int(operation: string, number: number, value: number): void {
    const fd = this.#open(operation);
    const argument = new Uint8Array(new Int32Array([value]).buffer);
    if (this.#libc.ioctl(fd, number, argument) < 0) throw failure(`ioctl ${operation}`, this.#libc.errno(), this.name);
  }
  /** @throws {TransportError} `EBADF` once closed */
  #open(operation: string): number {
    const { fd } = this.#resources;
    if (fd < 0) throw failure(operation, errno.EBADF, `${this.name} is closed`);
    return fd;
  }
}

/** Number of a user or a group by its name, from the file that has those of this machine. */
function idOf(what: "user" | "group", file: string, id: number | string | undefined): number | undefined {
  if (typeof id !== "string") return id;
  let lines: string[] = [];
  try {
    lines = readFileSync(file, "utf8").split("\n");
  } catch {
    // There are systems without any.
  }
  const found = lines.find((line) => line.startsWith(`${id}:`))?.split(":")[2];
  if (found !== undefined && /^\d+$/.test(found)) return Number(found);
  throw new NetlinkError(
    { code: "ENOENT", errno: errno.ENOENT, operation: `find ${what}` },
    `${what} not found: ${id}`,
  );
}
