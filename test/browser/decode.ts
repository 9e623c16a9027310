/** What runs on both sides: a capture decoded, explained and summed up, as JSON. @module */
import { explain, explainText, summarize } from "../../src/codec/index.ts";
import { type ByteInput, readCapture } from "../../src/codec/pcap/index.ts";

const plain = (_key: string, x: unknown): unknown => {
  if (typeof x === "bigint") return `${x}n`;
  if (x instanceof Uint8Array) return Array.from(x, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return x instanceof Error ? x.message : x;
};

export async function decodeCapture(input: ByteInput): Promise<string> {
  const records: unknown[] = [];
  for await (const record of readCapture(input)) {
    if (record.type !== "netlink") {
      records.push(record);
      continue;
    }
    const { protocol, order, messages } = record;
    const told = messages.map((message) => ({
      line: summarize(message, { protocol, order }),
      text: explainText(explain(message, { protocol, order })),
    }));
    records.push({ ...record, told });
  }
  return JSON.stringify(records, plain);
}
