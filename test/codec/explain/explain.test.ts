import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage } from "../../../src/codec/decode-message.ts";
import { explain } from "../../../src/codec/explain/explain.ts";
import { type Explained, faults, leaves, nodesAt } from "../../../src/codec/explain/node.ts";
import { explainText } from "../../../src/codec/explain/text.ts";
import { rtnetlinkMessages } from "../../../src/codec/rtnetlink/messages.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { CodecError } from "../../../src/codec/wire/error.ts";

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

interface Row {
  readonly command: string;
  readonly from: "user" | "kernel";
  readonly protocol: number;
  readonly hex: string;
}
const directory = join(import.meta.dirname, "../../../fixtures");
const fixtures: Row[] = readdirSync(directory)
  .filter((file) => file.endsWith(".json") && !file.includes(".shown."))
  .flatMap((file) => JSON.parse(readFileSync(join(directory, file), "utf8")))
  .filter((row) => typeof row.hex === "string" && row.hex.length > 0);

/** That the leaves are the bytes, each once and in order, and that nodes are their parts. */
function covers(root: Explained, bytes: Uint8Array): void {
  let at = 0;
  let hex = "";
  for (const leaf of leaves(root)) {
    if (leaf.offset !== at) throw new Error(`${leaf.name} begins at ${leaf.offset}, not at ${at}`);
    at += leaf.length;
    hex += leaf.hex ?? "";
  }
  if (hex !== hexOf(bytes)) throw new Error(`the leaves are ${hex}\nnot ${hexOf(bytes)}`);
  const whole = (node: Explained): void => {
    if (!node.parts) return;
    const length = node.parts.reduce((sum, part) => sum + part.length, 0);
    if (length !== node.length) throw new Error(`${node.name} has ${node.length} bytes, its parts ${length}`);
    node.parts.forEach(whole);
  };
  whole(root);
}

describe(`all ${fixtures.length} captured messages`, () => {
  test("each byte is explained exactly once", () => {
    expect(fixtures.length).toBeGreaterThan(5000);
    for (const { hex, protocol, command } of fixtures) {
      const bytes = bytesOf(hex);
      try {
        covers(explain(bytes, { protocol, order: "little" }), bytes);
      } catch (e) {
        throw new Error(`${command}\n${hex}`, { cause: e });
      }
    }
  });

  test("the kernel's hold together", () => {
    const wrong = new Set<string>();
    for (const { hex, protocol, from, command } of fixtures) {
      if (from !== "kernel") continue;
      const root = explain(bytesOf(hex), { protocol, order: "little" });
      // An acknowledgement repeats the request, which may be wrong: that is why.
      if (root.name === "error") continue;
      for (const fault of faults(root)) wrong.add(`${root.name} ${fault.name}: ${fault.error} (${command})`);
    }
    expect([...wrong]).toEqual([]);
  });

  test("fields are those that the decoder finds", () => {
    const compare = (value: object, parts: readonly Explained[], path: string): void => {
      const names = parts.flatMap((part) => (part.type === "head" ? part.parts!.map(({ name }) => name) : part.name));
      for (const [key, x] of Object.entries(value)) {
        if (key === "unknown") {
          for (const { type } of x as { type: number }[]) {
            const number = type & 0x3fff;
            const part = parts.find(
              (p) => p.parts?.[1]?.meaning?.match(/\d+/)?.[0] === String(number) || p.name === `#${number}`,
            );
            if (!part && !parts.some((p) => p.parts?.[1]?.meaning?.includes(`(${number})`)))
              throw new Error(`${path}: attribute ${number} is not explained`);
          }
          continue;
        }
        if (!names.includes(key)) throw new Error(`${path}.${key} is not explained, but ${names}`);
        const part = parts.find(({ name }) => name === key);
        if (part?.type === "nest" && part.parts && !Array.isArray(x))
          compare(x as object, part.parts, `${path}.${key}`);
      }
    };
    for (const { hex, protocol, command } of fixtures) {
      const bytes = bytesOf(hex);
      const decoded = decodeMessage(protocol, bytes, "little");
      if (!("value" in decoded) || decoded.header.type < 16) continue;
      const [, ...parts] = explain(bytes, { protocol, order: "little" }).parts!;
      compare(decoded.value as object, parts, `${command}: ${decoded.name}`);
    }
  });

  test("a big-endian host's mean the same", () => {
    const meanings = (root: Explained) =>
      [...leaves(root)]
        .filter(({ type }) => type !== "unknown" && type !== "bytes")
        .map(({ name, meaning }) => `${name}: ${meaning}`);
    let compared = 0;
    for (const { hex, protocol, from, command } of fixtures) {
      if (protocol !== 0 || from !== "kernel") continue;
      const bytes = bytesOf(hex);
      const view = new DataView(bytes.buffer);
      const known = rtnetlinkMessages[view.getUint16(4, true)];
      // Bytes that a select or unions keep raw stay as they are, and ethertypes beside priorities are never turned.
      if (!known || /^(new|del|get)(tfilter|chain)$/.test(known.name)) continue;
      let payload: Uint8Array;
      try {
        const value = decode(known.schema, bytes.subarray(16, view.getUint32(0, true)), "little");
        payload = encode(known.schema, value as never, "big");
      } catch (e) {
        if (e instanceof CodecError) continue;
        throw e;
      }
      const big = new Uint8Array(16 + payload.length);
      const head = new DataView(big.buffer);
      head.setUint32(0, view.getUint32(0, true));
      head.setUint16(4, view.getUint16(4, true));
      head.setUint16(6, view.getUint16(6, true));
      head.setUint32(8, view.getUint32(8, true));
      head.setUint32(12, view.getUint32(12, true));
      big.set(payload, 16);
      const little = explain(bytes, { order: "little" });
      if (JSON.stringify(little).includes('"unknown"')) continue;
      expect(meanings(explain(big, { order: "big" })), command).toEqual(meanings(little));
      compared++;
    }
    expect(compared).toBeGreaterThan(2000);
  });
});

describe("damaged messages", () => {
  const any = fc.constantFrom(...fixtures.filter((_, i) => i % 7 === 0));
  test("cut anywhere", () => {
    fc.assert(
      fc.property(any, fc.nat(), ({ hex, protocol }, n) => {
        const bytes = bytesOf(hex);
        const cut = bytes.subarray(0, n % bytes.length);
        const root = explain(cut, { protocol, order: "little" });
        covers(root, cut);
        expect([...faults(root)].length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
  test("with bytes changed", () => {
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(any, fc.array(change, { minLength: 1, maxLength: 8 }), ({ hex, protocol }, changes) => {
        const bytes = bytesOf(hex);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        covers(explain(bytes, { protocol, order: "little" }), bytes);
      }),
      { numRuns: 5000 },
    );
  });
  test("of anything", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(0, 4, 12, 16, 99), (bytes, protocol) => {
        covers(explain(bytes, { protocol }), bytes);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("as text", () => {
  const newaddr = "28000000140005060100000000000000" + "0218000003000000" + "080002000a000001" + "080001000a000001";
  test("an address", () => {
    expect(explainText(explain(bytesOf(newaddr), { order: "little" })).split("\n")).toEqual([
      "    0                                       newaddr",
      "    0                                         nlmsghdr  (head)",
      "    0  28000000                                 length = 40  (u32)",
      "    4  1400                                     type = newaddr (20)  (u16)",
      "    6  0506                                     flags = request, ack, excl, create (0x605)  (u16)",
      "    8  01000000                                 sequence = 1  (u32)",
      "   12  00000000                                 portId = 0  (u32)",
      "   16                                         ifaddrmsg  (head)",
      "   16  02                                       family = inet (2)  (u8)",
      "   17  18                                       prefixlen = 24 bits  (u8)",
      "   18  00                                       flags = 0  (u8)",
      "   19  00                                       scope = global (0)  (u8)",
      "   20  03000000                                 index = 3  (u32)",
      "   24  08000200 0a000001                      local = 10.0.0.1  (ip, IFA_LOCAL)",
      "   32  08000100 0a000001                      address = 10.0.0.1  (ip, IFA_ADDRESS)",
    ]);
  });

  const shown = (hex: string, options = {}) => explainText(explain(bytesOf(hex), { order: "little", ...options }));
  test.each([
    [
      "the name of a device, where it is known",
      newaddr,
      { deviceName: (index: number) => (index === 3 ? "eth0" : undefined) },
      ["index = eth0 (3)  (u32)"],
    ],
    [
      "an attribute that overruns the message",
      `${newaddr.slice(0, -16)}58000100${"0a000001"}`,
      {},
      ["local = 10.0.0.1", "! an attribute of 88 bytes does not fit in 8"],
    ],
    ["a message that is cut", newaddr.slice(0, 60), {}, ["newaddr", "! a message of 40 bytes does not fit in 30"]],
    ["a header that is cut", newaddr.slice(0, 20), {}, ["! 16 bytes do not fit in 10", "length = 40", "flags = "]],
    [
      "an address of no length",
      newaddr.replace("080002000a000001", "060002000a000001"),
      {},
      ["! 2 bytes that are no ip"],
    ],
    [
      "an attribute of a number that no schema has, as text",
      `${newaddr.replace("28", "30")}08007f0068690000`.replace("08007f00686900", "08007f00686921"),
      {},
      ['#127 = perhaps "hi!"  (unknown)'],
    ],
    [
      "an acknowledgement with the request, and the attribute at fault by name",
      `4c000000020000020100000000000000efffffff${newaddr.slice(0, 80)}0800020018000000`,
      {},
      ["error = EEXIST, File exists (-17)", "request  (newaddr)", "local = 10.0.0.1", "offs = 24: local"],
    ],
    [
      "generic netlink, with a nest of a family that has no schema",
      "2800000022000100" + "0100000000000000" + "05010000" + "14000180" + "05000100ff000000" + "0600020001000000",
      { protocol: 16, families: { wireguard: 34 } },
      ["wireguard", "cmd = 5", "#1  (nest)", "#1 = perhaps 255  (unknown)", "#2 = perhaps 1  (unknown)"],
    ],
  ])("%s", (_name, hex, options, expected) => {
    const text = shown(hex, options);
    for (const line of expected) expect(text).toContain(line);
  });

  test("long values say how much more there is", () => {
    const text = shown(`5c000000100001000000000000000000${"00".repeat(16)}3c001400${"ab".repeat(56)}`);
    expect(text).toContain(`ifalias`);
    expect(text.split("\n").filter((line) => /^ +\d+ {2}abab/.test(line)).length).toBe(3);
  });
});

test("a datagram of several messages has one part each, and what stands at an offset is found", () => {
  const one = "14000000120001030100000000000000" + "00000000";
  const root = explain(bytesOf(one + one), { order: "little" });
  expect(root.name).toBe("datagram");
  expect(root.parts!.map(({ name }) => name)).toEqual(["getlink", "getlink"]);
  expect(nodesAt(root, 24).map(({ name }) => name)).toEqual(["datagram", "getlink", "nlmsghdr", "type"]);
});
