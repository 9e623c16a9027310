/** TUN and TAP devices: packets of the network, read and written by this process. @module */
import type { Duplex } from "node:stream";
import type { TunQueue, TunSettings } from "../transport/linux/tun.ts";
import type { NetnsSpec } from "../transport/transport.ts";
import { onAbort } from "./abort.ts";
import { Connection } from "./connection.ts";
import { InterfaceNotFound, NetlinkError } from "./errors.ts";
import type { LinkOf } from "./link-read.ts";
import { checkOptions, integer, OptionError } from "./options.ts";

export interface TunTapOptions {
  /** IP packets, or Ethernet frames. */
  readonly mode: "tun" | "tap";
  /** Up to 15 bytes, in which one `%d` stands for a number that is free: `"tun%d"` by default, after the mode. */
  readonly name?: string | undefined;
  /** The namespace that the device is in: the process's own by default. */
  readonly netns?: NetnsSpec | undefined;
  /** Who may attach to it without CAP_NET_ADMIN: a number, or a name of /etc/passwd, of /etc/group. */
  readonly owner?: number | string | undefined;
  readonly group?: number | string | undefined;
  /** Whether it stays when it is closed. */
  readonly persistent?: boolean | undefined;
  /** Packets have the four bytes of struct tun_pi before them: flags, and an Ethernet protocol in big endian. */
  readonly pi?: boolean | undefined;
  /** Packets have a struct virtio_net_hdr before them (10 bytes, see `setVnetHdrSize`). */
  readonly vnetHdr?: boolean | undefined;
  /** Several may attach, as queues that the packets are spread over. */
  readonly multiQueue?: boolean | undefined;
}
/** What there is of a device, open or not. */
export interface TunTapInfo {
  readonly name: string;
  readonly index: number;
  readonly mode: "tun" | "tap";
  readonly owner?: number;
  readonly group?: number;
  readonly persistent: boolean;
  readonly pi: boolean;
  readonly vnetHdr: boolean;
  readonly multiQueue: boolean;
  /** With `multiQueue`: how many are attached. */
  readonly queues?: number;
}
export interface TunTapWhere {
  readonly netns?: NetnsSpec | undefined;
}
/** TUN_F_*: work that the kernel may leave to who reads its packets. Needs `vnetHdr`. */
export type TunTapOffload = keyof typeof OFFLOADS;
const OFFLOADS = { csum: 1, tso4: 2, tso6: 4, "tso-ecn": 8, ufo: 0x10, uso4: 0x20, uso6: 0x40 };

const optionKeys = ["mode", "name", "netns", "owner", "group", "persistent", "pi", "vnetHdr", "multiQueue"];
const flagKeys = ["persistent", "pi", "vnetHdr", "multiQueue"] as const;
const NAME_MAX = 15;
const ID_MAX = 0xfffffffe; // the last is "nobody in particular"

/** As many packets are read in one turn of the event loop at most. */
const TURN = 64;
/** The kernel tells nobody that there is room again for what is written. */
const RETRY = 1; // ms

interface Reader {
  resolve(packet: Uint8Array): void;
  reject(error: unknown): void;
}

/**
 * ```ts
 * await using tun = await TunTap.create({ mode: "tun", name: "tun0", netns: "blue" });
 * for await (const packet of tun) await tun.write(answerTo(packet));
 * ```
 * Packets are read when they are asked for: what nobody reads waits in the device's queue (txqueuelen, 500 or 1000 packets), and is dropped
 * by the kernel beyond it. A read that waits keeps the process alive.
 */
export class TunTap implements AsyncDisposable, AsyncIterable<Uint8Array> {
  /** As the kernel has it: the number in place of `%d`. */
  readonly name: string;
  readonly mode: "tun" | "tap";
  readonly #queue: TunQueue;
  readonly #writes = new Set<() => void>();
  #readers: Reader[] = [];
  #referenced = true;
  #turn = 0;
  #closed = false;

  private constructor(queue: TunQueue, mode: "tun" | "tap") {
    this.#queue = queue;
    this.name = queue.name;
    this.mode = mode;
  }

  /**
   * Makes a device, which is down and has no address.
   * @throws {OptionError} a mode that is missing, a name that cannot be…
   * @throws {NetlinkError} `EEXIST`, `interface exists: NAME`; `EPERM` without CAP_NET_ADMIN; `ENOENT`, `user not found: NAME`, or no /dev/net/tun
   */
  static async create(options: TunTapOptions): Promise<TunTap> {
    const settings = settingsOf(options);
    const { openTun } = await import("../transport/linux/index.ts");
    try {
      return new TunTap(openTun(settings), settings.mode);
    } catch (cause) {
      if (!(cause instanceof NetlinkError) || cause.code !== "EBUSY") throw cause;
      throw new NetlinkError(
        { code: "EEXIST", errno: 17, operation: "create TUN device", cause },
        `interface exists: ${settings.name}`,
      );
    }
  }

  /**
   * Attaches to a device that there is: a persistent one that nobody has open, or another queue of one with `multiQueue`. Packets have the
   * form that it has.
   * @throws {InterfaceNotFound} @throws {OptionError} it is no TUN or TAP device
   * @throws {NetlinkError} `EBUSY`, another has it open; `EPERM`, neither owner nor group nor CAP_NET_ADMIN
   */
  static async open(name: string, where: TunTapWhere = {}): Promise<TunTap> {
    checkName(name);
    const { mode, pi, vnetHdr, multiQueue } = await TunTap.get(name, where);
    const { openTun } = await import("../transport/linux/index.ts");
    const { netns } = where;
    const rest = { exclusive: false, owner: undefined, group: undefined, persistent: undefined, netns };
    return new TunTap(openTun({ mode, name, pi, vnetHdr, multiQueue, ...rest }), mode);
  }

  /** The TUN and TAP devices of a namespace, open or not. */
  static async list(where: TunTapWhere = {}): Promise<TunTapInfo[]> {
    return connected(where, async (nl) =>
      (await nl.links.list({ kind: "tun" })).map((link) => infoOf(link as LinkOf<"tun">)),
    );
  }

  /** @throws {InterfaceNotFound} @throws {OptionError} it is no TUN or TAP device */
  static async get(name: string, where: TunTapWhere = {}): Promise<TunTapInfo> {
    return connected(where, (nl) => tunOf(nl, name));
  }

  /** Removes a device, even if it is open: whoever reads from it is told that it is gone. @throws {InterfaceNotFound} @throws {OptionError} it is no TUN or TAP device */
  static async remove(name: string, where: TunTapWhere = {}): Promise<void> {
    await connected(where, async (nl) => nl.links.remove((await tunOf(nl, name)).index));
  }

  /** The descriptor, −1 once closed. It belongs to the device: do not close it. */
  get fd(): number {
    return this.#queue.fd;
  }
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * The next packet, when there is one. Several reads at once are served in turn.
   * @throws {InterfaceNotFound} the device was removed
   * @throws {NetlinkError} `EBADF` once closed, also while it waits; `ECANCELED`
   */
  async read(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Uint8Array> {
    const { signal } = options;
    if (signal?.aborted) throw this.#cancelled("read", signal);
    if (this.#readers.length === 0 && this.#turn < TURN) {
      const packet = this.#attempt(() => this.#queue.read());
      if (packet) {
        if (this.#turn++ === 0)
          setImmediate(() => {
            this.#turn = 0;
          });
        return packet;
      }
    }
    return new Promise((resolve, reject) => {
      const reader: Reader = {
        resolve: (packet) => {
          off();
          resolve(packet);
        },
        reject: (error) => {
          off();
          reject(error);
        },
      };
      const off = onAbort(signal, () => {
        this.#readers.splice(this.#readers.indexOf(reader), 1);
        if (this.#readers.length === 0) this.#queue.listen(undefined, false);
        reject(this.#cancelled("read", signal!));
      });
      this.#readers.push(reader);
      try {
        this.#queue.listen(this.#serve, this.#referenced);
      } catch (error) {
        this.#readers.pop();
        reader.reject(error);
      }
    });
  }

  /**
   * Sends a packet into the network, as if the device had received it; resolves when the kernel has taken it.
   * @throws {InterfaceNotFound} @throws {NetlinkError} `EIO` the device is down, `EINVAL` it is no packet, `EBADF` closed, `ECANCELED`
   */
  async write(packet: Uint8Array, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (!(packet instanceof Uint8Array))
      throw new OptionError("tuntap.packet: not a Uint8Array", "packet", "a Uint8Array");
    const { signal } = options;
    while (!this.#attempt(() => this.#queue.write(packet))) {
      if (signal?.aborted) throw this.#cancelled("write", signal);
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          off();
          this.#writes.delete(done);
          resolve();
        };
        const timer = setTimeout(done, RETRY);
        const off = onAbort(signal, done);
        this.#writes.add(done);
      });
    }
  }

  /** Packets as they come, until the device is closed. Leaving the loop leaves it open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    while (!this.#closed) {
      let packet: Uint8Array;
      try {
        packet = await this.read();
      } catch (error) {
        if (this.#closed) return;
        throw error;
      }
      yield packet;
    }
  }

  /** As a stream of packets (`objectMode`), each chunk one of them, both ways. Destroying it closes the device. */
  async stream(options: { readonly highWaterMark?: number | undefined } = {}): Promise<Duplex> {
    const { Duplex } = await import("node:stream");
    const tun = this;
    return new Duplex({
      objectMode: true,
      highWaterMark: options.highWaterMark ?? TURN,
      read() {
        tun.read().then(
          (packet) => this.push(packet),
          (error) => (tun.closed ? this.push(null) : this.destroy(error)),
        );
      },
      write(packet, _encoding, callback) {
        tun.write(packet).then(() => callback(), callback);
      },
      destroy(error, callback) {
        tun.close();
        callback(error);
      },
    });
  }

  /** Whether the device stays when it is closed. */
  setPersistent(persistent: boolean): void {
    this.#queue.setPersistent(persistent);
  }
  /** What the kernel may leave to the reader: checksums, segmentation. Needs `vnetHdr`. @throws {NetlinkError} `EINVAL` a combination that cannot be */
  setOffload(offloads: readonly TunTapOffload[]): void {
    let flags = 0;
    for (const name of offloads) {
      if (!Object.hasOwn(OFFLOADS, name))
        throw new OptionError(
          `tuntap.offload: ${JSON.stringify(name)} is not one of ${Object.keys(OFFLOADS).join(", ")}`,
          "offload",
          Object.keys(OFFLOADS).join(", "),
        );
      flags |= OFFLOADS[name];
    }
    this.#queue.setOffload(flags);
  }
  /** Bytes of the header before each packet: 10, or 12 with the number of buffers. */
  setVnetHdrSize(bytes: number): void {
    this.#queue.setVnetHdrSize(integer("tuntap.vnetHdrSize", bytes, 0x7fffffff));
  }
  /** Whether there is a carrier: the state of the cable. */
  setCarrier(carrier: boolean): void {
    this.#queue.setCarrier(carrier);
  }
  /** Bytes that may be on their way into the network before `write` waits; no limit by default. */
  setSendBuffer(bytes: number): void {
    this.#queue.setSendBuffer(integer("tuntap.sendBuffer", bytes, 0x7fffffff));
  }

  /** Whether a read that waits keeps the process alive. It does at first. */
  ref(): void {
    this.#reference(true);
  }
  unref(): void {
    this.#reference(false);
  }

  /** Closes it; a device that is not persistent is gone then. Reads that wait are rejected. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.close();
    this.#fail(
      new NetlinkError({ code: "EBADF", errno: 9, operation: `read from ${this.name}`, text: "the device is closed" }),
    );
    for (const done of [...this.#writes]) done();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  readonly #serve = (): void => {
    try {
      for (let i = 0; i < TURN && this.#readers.length > 0; i++) {
        const packet = this.#attempt(() => this.#queue.read());
        if (packet === undefined) return;
        this.#readers.shift()!.resolve(packet);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      if (this.#readers.length === 0 && !this.#closed) this.#queue.listen(undefined, false);
    }
  };

  #fail(error: unknown): void {
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader.reject(error);
  }

  /** What `call` returns; a device that is no more has its own error. */
  #attempt<T>(call: () => T): T {
    try {
      return call();
    } catch (cause) {
      if (cause instanceof NetlinkError && cause.code === "EBADFD") throw new InterfaceNotFound(this.name, cause);
      throw cause;
    }
  }

  #reference(referenced: boolean): void {
    this.#referenced = referenced;
    if (this.#readers.length > 0) this.#queue.listen(this.#serve, referenced);
  }

  #cancelled(what: string, signal: AbortSignal): NetlinkError {
    return new NetlinkError({
      code: "ECANCELED",
      errno: 0,
      operation: `${what} ${this.name}`,
      text: "aborted",
      cause: signal.reason,
    });
  }
}

async function connected<T>({ netns }: TunTapWhere, work: (nl: Connection) => Promise<T>): Promise<T> {
  const nl = await Connection.open({ netns });
  try {
    return await work(nl);
  } finally {
    nl.close();
  }
}

async function tunOf(nl: Connection, name: string): Promise<TunTapInfo> {
  const link = await nl.links.get(name);
  if (link.kind === "tun") return infoOf(link as LinkOf<"tun">);
  throw new OptionError(`tuntap.name: ${name} is no TUN or TAP device`, "name", "a TUN or TAP device");
}

function infoOf(link: LinkOf<"tun">): TunTapInfo {
  const { name, index, mode, uid, gid, pi, vnetHdr, persist, multiQueue, numQueues } = link;
  return {
    name,
    index,
    mode: mode === "tap" ? "tap" : "tun",
    ...(uid === undefined ? {} : { owner: uid }),
    ...(gid === undefined ? {} : { group: gid }),
    persistent: persist === true,
    pi: pi === true,
    vnetHdr: vnetHdr === true,
    multiQueue: multiQueue === true,
    ...(numQueues === undefined ? {} : { queues: numQueues }),
  };
}

function settingsOf(options: TunTapOptions): TunSettings {
  checkOptions("tuntap", options, optionKeys);
  const { mode, netns, owner, group, persistent, pi = false, vnetHdr = false, multiQueue = false } = options;
  if (mode !== "tun" && mode !== "tap")
    throw new OptionError(`tuntap.mode: ${JSON.stringify(mode)} is not one of tun, tap`, "mode", "tun or tap");
  for (const key of flagKeys)
    if (options[key] !== undefined && typeof options[key] !== "boolean")
      throw new OptionError(
        `tuntap.${key}: ${JSON.stringify(options[key])} is not true or false`,
        key,
        "true or false",
      );
  for (const key of ["owner", "group"] as const)
    if (options[key] !== undefined && (typeof options[key] !== "string" || options[key] === ""))
      integer(`tuntap.${key}`, options[key] as number, ID_MAX);
  const name = options.name ?? `${mode}%d`;
  checkName(name);
  if ((name.match(/%/g)?.length ?? 0) > (name.includes("%d") ? 1 : 0))
    throw new OptionError(
      `tuntap.name: ${JSON.stringify(name)} has more than one %d in it`,
      "name",
      "a name of a device",
    );
  return { mode, name, exclusive: true, pi, vnetHdr, multiQueue, netns, owner, group, persistent };
}

/** As dev_valid_name of net/core/dev.c has it. */
function checkName(name: string): void {
  const reason =
    typeof name !== "string" || name === ""
      ? "is no name"
      : new TextEncoder().encode(name).length > NAME_MAX
        ? `is longer than ${NAME_MAX} bytes`
        : name === "." || name === ".." || /[/:\s\0]/.test(name)
          ? 'has a "/", a ":" or a space in it, or means a directory'
          : undefined;
  if (reason !== undefined)
    throw new OptionError(`tuntap.name: ${JSON.stringify(name)} ${reason}`, "name", "a name of a device");
}
