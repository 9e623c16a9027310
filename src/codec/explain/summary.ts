/** Decoded messages in one line each. @module */
import { type DecodedMessage, messageName } from "../decode-message.ts";
import { ctrlCommands } from "../genetlink/ctrl.ts";
import type { Families } from "../genetlink/families.ts";
import type { Acknowledgement, Done } from "../nlmsg/ack.ts";
import { errnoName, errnoText } from "../nlmsg/errno.ts";
import { NLM_F_DUMP, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR } from "../nlmsg/header.ts";
import type { Refusal } from "../pcap/capture.ts";
import { rtnetlinkMessages } from "../rtnetlink/messages.ts";
import { type DeviceName, toFriendly } from "../schema/friendly.ts";
import type { Obj } from "../schema/program.ts";
import { nameOf } from "../schema/scalar.ts";
import { socketStates } from "../sockdiag/state.ts";
import { addressFamilyName } from "../text/address-family.ts";
import { formatHex } from "../text/hex.ts";
import { type ByteOrder, hostOrder } from "../wire/order.ts";
import { XFRM } from "../xfrm/types.ts";
import { nouns } from "./nouns.ts";
import { xfrmWords } from "./xfrm-words.ts";

export interface SummaryOptions {
  /** Netlink protocol that the message is of: 0, rtnetlink, by default. */
  readonly protocol?: number | undefined;
  readonly order?: ByteOrder | undefined;
  readonly families?: Families | undefined;
  /** Names of devices by their indices. */
  readonly deviceName?: DeviceName | undefined;
}

/**
 * A decoded message in one line: `"newaddr 10.0.0.1/24 dev 3 scope global"`, `"error newlink: EEXIST (File exists)"`. Of what has no
 * words of its own, the fields that are set.
 */
export function summarize(
  message: DecodedMessage & { readonly refusal?: Refusal },
  options: SummaryOptions = {},
): string {
  const { header, name } = message;
  if ("value" in message && (header.type === NLMSG_ERROR || header.type === NLMSG_DONE))
    return control(message.value as Acknowledgement | Done, message.refusal, options);
  const request = (header.flags & NLM_F_REQUEST) !== 0;
  const dump = request && !/^(new|set|del)/.test(name) && (header.flags & NLM_F_DUMP) === NLM_F_DUMP;
  const start = dump ? [name, "dump"] : [name];
  if ("value" in message) return [...start, ...wordsOf(message, options)].filter((word) => word !== "").join(" ");
  if (message.error) return `${start.join(" ")}, not decoded: ${message.error.message}`;
  return dump || message.raw.length === 0 ? start.join(" ") : `${start.join(" ")}, ${message.raw.length} bytes`;
}

function control(value: Acknowledgement | Done, refusal: Refusal | undefined, options: SummaryOptions): string {
  const { protocol = 0, order = hostOrder, families } = options;
  const what =
    value.kind === "done" ? "done" : messageName(protocol, value.request, new Uint8Array(0), order, families);
  if (value.errno === 0) return value.kind === "done" ? what : `ack ${what}`;
  const { msg, offs, missType } = value.extended ?? {};
  const place = refusal?.attribute ?? (offs === undefined ? undefined : `byte ${offs}`);
  const missing = refusal?.missing ?? (missType === undefined ? undefined : `attribute ${missType}`);
  return [
    `error ${what}: ${errnoName(value.errno)} (${errnoText(value.errno)})`,
    ...(msg === undefined ? [] : [JSON.stringify(msg)]),
    ...(place === undefined ? [] : [`at ${place}`]),
    ...(missing === undefined ? [] : [`${missing} is missing`]),
  ].join(" ");
}

function wordsOf(message: DecodedMessage & { readonly value: unknown }, options: SummaryOptions): string[] {
  const { protocol = 0, order = hostOrder, deviceName = () => undefined } = options;
  const value = message.value as Obj;
  if (protocol === 0) {
    const known = rtnetlinkMessages[message.header.type];
    if (!known) return fields(value);
    const schema = ((message.header.flags & NLM_F_REQUEST) !== 0 && known.request) || known.schema;
    const noun = nouns[schema.name];
    const friendly = toFriendly(schema, value as never, deviceName) as Obj;
    return noun ? noun(friendly, { value, deviceName, little: order === "little" }) : fields(friendly);
  }
  if (message.name === "socket") return socketWords(value);
  if (message.name === "nlctrl") return controllerWords(value);
  return (protocol === XFRM && xfrmWords(message.name, value)) || fields(value);
}

function socketWords(x: Obj): string[] {
  const state = typeof x.state === "number" ? [nameOf(socketStates, x.state) ?? String(x.state)] : [];
  const end = (address: unknown, port: unknown) =>
    String(address).includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
  const family = [addressFamilyName(x.family as number) ?? `family ${x.family}`];
  if (x.src !== undefined) return [...family, ...state, end(x.src, x.sport), end(x.dst, x.dport), `inode ${x.inode}`];
  const name = x.name instanceof Uint8Array ? [JSON.stringify(new TextDecoder().decode(x.name))] : [];
  return [...family, ...state, ...name, ...(x.ino === undefined ? [] : [`inode ${x.ino}`])];
}

/** `newfamily wireguard id 35`. */
function controllerWords({ cmd, familyName, familyId }: Obj): string[] {
  const words = [nameOf(ctrlCommands, cmd as number) ?? `cmd ${cmd}`];
  if (familyName !== undefined) words.push(String(familyName));
  if (familyId !== undefined) words.push(`id ${familyId}`);
  return words;
}

const MOST = 16;
/** What is set, by its names: nests as `{…}`. */
function fields(value: Obj): string[] {
  const words: string[] = [];
  for (const [key, x] of Object.entries(value)) {
    if (x === undefined || x === 0 || x === 0n || x === false || x === "" || (Array.isArray(x) && x.length === 0))
      continue;
    if (words.length === MOST) return [...words, "…"];
    if (key === "unknown") words.push(...(x as { type: number }[]).map(({ type }) => `#${type & 0x3fff}`));
    else if (key === "family") words.push(`family ${addressFamilyName(x as number) ?? x}`);
    else words.push(x === true ? key : `${key} ${short(x)}`);
  }
  return words;
}
function short(x: unknown): string {
  if (x instanceof Uint8Array) return x.length > 16 ? `${formatHex(x.subarray(0, 16))}…` : formatHex(x);
  if (Array.isArray(x)) return x.every((y) => typeof y !== "object") ? x.join(",") : `[${x.length}]`;
  return typeof x === "object" && x !== null ? "{…}" : String(x);
}
