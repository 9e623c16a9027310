/** `nlink decode` and `nlink explain`. @module */
import { type DecodedMessage, decodeMessage } from "../../codec/decode-message.ts";
import { explain as explained } from "../../codec/explain/explain.ts";
import { faults } from "../../codec/explain/node.ts";
import { type SummaryOptions, summarize } from "../../codec/explain/summary.ts";
import { explainText } from "../../codec/explain/text.ts";
import { flagNames } from "../../codec/nlmsg/flags.ts";
import { messages } from "../../codec/nlmsg/header.ts";
import { type CapturedMessage, type NetlinkRecord, readCapture } from "../../codec/pcap/capture.ts";
import { CaptureError } from "../../codec/pcap/packet.ts";
import { namesOf } from "../../codec/schema/scalar.ts";
import type { Json, Out } from "../../codec/tc/show.ts";
import { CodecError } from "../../codec/wire/error.ts";
import { hostOrder } from "../../codec/wire/order.ts";
import type { Context } from "../context.ts";
import { failure } from "../failure.ts";
import { text } from "../grammar/args.ts";
import { command, type Options, type Values } from "../grammar/command.ts";
import { plain } from "../output/plain.ts";
import { Printer } from "../output/printer.ts";
import { bytesOf, hexDatagrams, protocolName, rawOptions } from "./args.ts";

const options = {
  input: { many: true, arg: text("FILE | - | HEX", "file"), help: "a pcap or pcapng file of nlmon; -: standard input" },
  hex: { help: "the input is hexadecimal: HEX itself, a file's lines, or those of standard input" },
  verbose: { short: "v", last: true, help: "what every byte is" },
  timestamp: { short: "t", last: true, help: "the time of day, not since the first packet" },
  ...rawOptions,
} satisfies Options;
type Said = Values<typeof options>;

const ARROWS: { readonly [direction: string]: string } = { "to-kernel": ">", "to-user": "<" };
/** What one message is shown of. */
interface Shown {
  readonly message: DecodedMessage & Partial<CapturedMessage>;
  readonly bytes: Uint8Array;
  readonly record?: NetlinkRecord;
  readonly options: SummaryOptions & { readonly protocol: number; readonly order: "little" | "big" };
}

async function run(context: Context, asked: Said): Promise<number> {
  const printer = new Printer((chunk) => context.io.stdout(chunk), asked);
  let faulty = false;
  const complain = (what: string) => {
    faulty = true;
    printer.flush();
    context.io.stderr(`${what}\n`);
  };
  await printer.list(async (item) => {
    const show = shower(asked);
    for await (const shown of asked.hex
      ? ofHex(context, asked, show.names)
      : ofFile(context, asked, show.names, complain))
      item((out) => show.put(shown, out));
  });
  return faulty ? 1 : 0;
}
/** Shows messages of a capture as it comes, each at once. */
export async function follow(context: Context, capture: AsyncIterable<Uint8Array>, asked: Said): Promise<void> {
  const printer = new Printer((chunk) => context.io.stdout(chunk), asked);
  const show = shower(asked);
  const complain = (what: string) => context.io.stderr(`${what}\n`);
  for await (const shown of ofCapture("monitor", capture, asked, show.names, complain))
    printer.event((out) => show.put(shown, out));
}

/** Names of devices are as the messages tell them. */
function shower(asked: Said) {
  const names = new Map<number, string>();
  let first: bigint | undefined;
  const put = (shown: Shown, out: Out): void => {
    const { message, record } = shown;
    if ("value" in message && message.name === "newlink") {
      const { index, ifname } = message.value as { index: number; ifname?: string };
      if (ifname !== undefined) names.set(index, ifname);
    }
    first ??= record?.timeNs;
    const json = asked.json ? jsonOf(shown, asked) : {};
    for (const [key, value] of Object.entries(json)) out.put(key, value);
    if (!asked.json) out.say(`${lineOf(shown, asked, first)}\n${asked.verbose ? `${treeOf(shown)}\n` : ""}`);
  };
  return { names, put };
}

async function* ofHex(context: Context, asked: Said, names: ReadonlyMap<number, string>): AsyncGenerator<Shown> {
  const { protocol = 0, order = hostOrder } = asked;
  for (const datagram of await hexDatagrams(context, asked.input ?? [])) {
    try {
      for (const { offset, length } of messages(datagram, order)) {
        const bytes = datagram.subarray(offset, offset + length);
        const message = decodeMessage(protocol, bytes, order);
        yield { message, bytes, options: { protocol, order, deviceName: (index) => names.get(index) } };
      }
    } catch (e) {
      if (e instanceof CodecError) throw failure(`Error: ${e.message}`);
      throw e;
    }
  }
}

async function* ofFile(
  context: Context,
  asked: Said,
  names: ReadonlyMap<number, string>,
  complain: (what: string) => void,
): AsyncGenerator<Shown> {
  const [name = "-"] = asked.input ?? [];
  yield* ofCapture(name, await bytesOf(context, name), asked, names, complain);
}
async function* ofCapture(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  asked: Said,
  names: ReadonlyMap<number, string>,
  complain: (what: string) => void,
): AsyncGenerator<Shown> {
  const order = asked.order === undefined ? {} : { order: asked.order };
  try {
    for await (const record of readCapture(bytes, order)) {
      if (record.type === "damage") complain(`${name}: at byte ${record.offset}: ${record.reason}`);
      else if (record.type === "other") complain(`${name}: packet ${record.number}: ${record.reason}`);
      else {
        const { protocol } = record;
        const about = { protocol, order: record.order, deviceName: (index: number) => names.get(index) };
        for (const message of record.messages) yield { message, bytes: message.bytes, record, options: about };
        if (record.error) complain(`${name}: packet ${record.number}: ${record.error.message}`);
      }
    }
  } catch (e) {
    throw e instanceof CaptureError ? failure(`${name}: ${e.message}`) : e;
  }
}

/** `  12 0.003145 > rtnetlink newlink dev eth0 up`. */
function lineOf({ message, record, options: about }: Shown, { timestamp }: Said, first: bigint | undefined): string {
  const summary = summarize(message, about);
  if (!record) return summary;
  const { number, timeNs, direction, protocol } = record;
  const answers = message.request ? ` (of ${message.request.record})` : "";
  return `${String(number).padStart(4)} ${timeOf(timeNs, timestamp ? undefined : first)} ${ARROWS[direction] ?? "-"} ${protocolName(protocol)} ${summary}${answers}`;
}
/** Microseconds of the day in UTC, or since another time. */
function timeOf(timeNs: bigint | undefined, since: bigint | undefined): string {
  if (timeNs === undefined) return "-";
  if (since !== undefined) {
    const us = (timeNs - since) / 1000n;
    const whole = us < 0n ? -us : us;
    return `${us < 0n ? "-" : ""}${whole / 1_000_000n}.${String(whole % 1_000_000n).padStart(6, "0")}`;
  }
  return `${new Date(Number(timeNs / 1_000_000n)).toISOString().slice(0, 19)}.${String((timeNs / 1000n) % 1_000_000n).padStart(6, "0")}Z`;
}
const treeOf = ({ bytes, options: about }: Shown): string => explainText(explained(bytes, about));

function jsonOf(
  { message, bytes, record, options: about }: Shown,
  { verbose }: Said,
): { readonly [key: string]: Json } {
  const { header, name } = message;
  const { type, flags, sequence, portId, length } = header;
  return {
    ...(record && {
      number: record.number,
      ...(record.timeNs !== undefined && { time: timeOf(record.timeNs, undefined) }),
      direction: record.direction as Json,
    }),
    protocol: about.protocol,
    name,
    type,
    length,
    flags: namesOf(flagNames(type, flags, name), flags).names,
    sequence,
    portId,
    summary: summarize(message, about),
    ...("value" in message ? { value: plain(message.value) } : { raw: plain(message.raw) }),
    ...("error" in message && message.error && { error: message.error.message }),
    ...(message.request && { request: plain(message.request) }),
    ...(message.refusal && { refusal: plain(message.refusal) }),
    ...(verbose && { explained: plain(explained(bytes, about)) }),
  };
}

export const decode = command({
  name: "decode",
  help: "messages of captures, or of hexadecimal",
  options,
  bare: ["input"],
  run,
});

const explainOptions = {
  input: { many: true, arg: text("HEX | FILE | -", "file"), help: "messages in hexadecimal, or where they are" },
  ...rawOptions,
} satisfies Options;
export const explain = command({
  name: "explain",
  help: "what every byte of a message is",
  options: explainOptions,
  bare: ["input"],
  async run(context, asked): Promise<number> {
    const { protocol = 0, order = hostOrder, input = [] } = asked;
    const nodes = (await hexDatagrams(context, input)).map((bytes) => explained(bytes, { protocol, order }));
    const printer = new Printer((chunk) => context.io.stdout(chunk), asked);
    await printer.list((item) => {
      for (const node of nodes)
        item((out) => {
          if (!asked.json) out.say(`${explainText(node)}\n`);
          else for (const [key, value] of Object.entries(plain(node) as object)) out.put(key, value);
        });
    });
    return nodes.some((node) => !faults(node).next().done) ? 1 : 0;
  },
});
