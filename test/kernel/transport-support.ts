/** What the transport's tests need of the system, without the layers above it. @module */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { hostOrder } from "../../src/codec/wire/order.ts";
import type { Datagram, Transport } from "../../src/transport/transport.ts";

export { noKernel, titled } from "../support/netns.ts";

let serial = 0;

/** Makes a namespace and returns its name. */
export function addNetns(): string {
  const name = `nlt-${process.pid}-t${serial++}`;
  execFileSync("ip", ["netns", "add", name]);
  return name;
}

export function deleteNetns(...names: (string | undefined)[]): void {
  for (const name of names) if (name !== undefined) execFileSync("ip", ["netns", "del", name]);
}

/** Runs iproute2's ip in a namespace: one command a line. */
export function ip(netns: string, commands: string): void {
  execFileSync("ip", ["-n", netns, "-batch", "-"], { input: commands, stdio: ["pipe", "ignore", "inherit"] });
}

const little = hostOrder === "little";

export const RTM_NEWLINK = 16;
export const RTM_GETLINK = 18;
export const RTM_GETROUTE = 26;
const NLM_F_REQUEST = 1;
export const NLM_F_ACK = 4;
export const NLM_F_DUMP = 0x300;

/** A request by hand: header, and `payload` of zeros with the given 32-bit words in it. */
export function request(
  type: number,
  flags: number,
  seq: number,
  payload: number,
  words: Record<number, number> = {},
): Uint8Array {
  const bytes = new Uint8Array(16 + payload);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, little);
  view.setUint16(4, type, little);
  view.setUint16(6, NLM_F_REQUEST | flags, little);
  view.setUint32(8, seq, little);
  for (const [at, word] of Object.entries(words)) view.setUint32(16 + Number(at), word, little);
  return bytes;
}

/** GETLINK by index: answered by one datagram. */
export const getLink = (index: number, seq = 1) => request(RTM_GETLINK, 0, seq, 16, { 4: index });
/** A message of no use that is acknowledged. */
export const noop = (seq = 1) => request(1, NLM_F_ACK, seq, 0);

export interface Message {
  type: number;
  flags: number;
  seq: number;
  port: number;
  /** First word of the payload. */
  word: number;
}

/** The headers of a datagram's messages. */
export function messages({ bytes }: Pick<Datagram, "bytes">): Message[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Message[] = [];
  for (let at = 0; at + 16 <= bytes.length; ) {
    const length = view.getUint32(at, little);
    found.push({
      type: view.getUint16(at + 4, little),
      flags: view.getUint16(at + 6, little),
      seq: view.getUint32(at + 8, little),
      port: view.getUint32(at + 12, little),
      word: at + 20 <= bytes.length ? view.getInt32(at + 16, little) : 0,
    });
    at += Math.max(16, (length + 3) & ~3);
  }
  return found;
}

/** What `take` makes of each datagram that is there now. */
export function drain<T>(transport: Transport, take: (datagram: Datagram) => T): T[] {
  const taken: T[] = [];
  for (let datagram = transport.receive(); datagram; datagram = transport.receive()) taken.push(take(datagram));
  return taken;
}

export const openDescriptors = () => readdirSync("/proc/self/fd").length;

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends from one user-space socket (NETLINK_USERSOCK) to another, which a Transport has no need to. */
export function sendTo(fd: number, portId: number, bytes: Uint8Array): number {
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  const sendto = koffi.load(null).func("sendto", "long", ["int", "void *", "size_t", "int", "void *", "uint32"]);
  const address = new Uint8Array(12);
  const view = new DataView(address.buffer);
  view.setUint16(0, 16, little);
  view.setUint32(4, portId, little);
  return sendto(fd, bytes, bytes.length, 0, address, address.length) as number;
}
