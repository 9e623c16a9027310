import { describe, expect, test } from "vitest";
import { mdb, mdbRequest } from "../../../src/codec/rtnetlink/mdb.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import type { Attrs } from "../../../src/codec/schema/attrs.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { bytesOf, captured, formsIn, hexOf, testGolden, unknownIn } from "./captured.ts";

describe("multicast database", () => {
  testGolden(mdb, [
    [
      "bridge mdb add dev br0 port v0 grp 239.2.2.4 src 10.0.0.5 permanent vid 20",
      "070000000c000000400001003c000100380001000e00000001001400ef020204000000000000000000000000080000000800010000000000080004000a0000050500050004000000",
      {
        family: 7,
        ifindex: 12,
        mdb: {
          entry: [
            {
              info: [
                {
                  ifindex: 14,
                  state: 1,
                  flags: 0,
                  vid: 20,
                  addr: "239.2.2.4",
                  proto: 0x800,
                  timer: 0,
                  source: "10.0.0.5",
                  rtprot: 4,
                },
              ],
            },
          ],
        },
      },
    ],
    [
      "bridge mdb add dev x1 port x1 grp 239.9.9.8 dst 10.5.5.5 dst_port 4444 vni 99 via d0",
      "07000000240000006800010064000100600001002400000001080000ef090908000000000000000000000000080000000800010000000000080004000a09090105000500040000000500030001000000080006000a050505060007005c1100000800080063000000080009000b000000",
      {
        family: 7,
        ifindex: 36,
        mdb: {
          entry: [
            {
              info: [
                {
                  ifindex: 36,
                  state: 1,
                  flags: 8,
                  vid: 0,
                  addr: "239.9.9.8",
                  proto: 0x800,
                  timer: 0,
                  source: "10.9.9.1",
                  rtprot: 4,
                  groupMode: 1,
                  dst: "10.5.5.5",
                  dstPort: 4444,
                  vni: 99,
                  outIfindex: 11,
                },
              ],
            },
          ],
        },
      },
    ],
  ]);
  testGolden(mdbRequest, [
    [
      "bridge mdb add dev br0 port v0 grp 239.9.9.9 filter_mode exclude source_list 10.9.9.1 proto static vid 20",
      "070000000c000000200001000e00000000001400ef0909090000000000000000000000000800000024000280100002800c000180080001000a09090105000300000000000500040004000000",
      {
        family: 7,
        ifindex: 12,
        entry: { ifindex: 14, state: 0, flags: 0, vid: 20, addr: "239.9.9.9", proto: 0x800 },
        entryAttrs: { srcList: { entry: [{ address: "10.9.9.1" }] }, groupMode: 0, rtprot: 4 },
      },
    ],
  ]);

  // A bridge's answer has the type of the question, so the direction says which schema it is.
  const messages = captured("mdb", [RTM.newmdb, RTM.delmdb, RTM.getmdb]);
  describe("captured messages", () => {
    const sets: { [from: string]: Attrs } = { kernel: mdb, user: mdbRequest };
    const rows = messages.map((message) => ({
      ...message,
      set: sets[message.from]!,
      value: decode(sets[message.from]!, message.payload, "little") as object,
    }));
    test(`${rows.length} come back byte for byte`, () => {
      for (const { command, payload, set, value } of rows)
        expect(hexOf(encode(set, value as never, "little")), command).toBe(hexOf(payload));
    });
    test("bridges answer in RTM_GETMDB and family 0", () => {
      expect(rows.some(({ from, type, value }) => from === "kernel" && type === RTM.getmdb && "mdb" in value)).toBe(
        true,
      );
    });
    test("nothing of the kernel's is unknown, nor out of order but in VXLANs", () => {
      const kernel = rows.filter(({ from }) => from === "kernel");
      expect(kernel.flatMap(({ value }) => unknownIn(value))).toEqual([]);
      // vxlan_mdb_entry_info_fill puts the mode (3) before the sources (2).
      expect(kernel.flatMap(({ value }) => formsIn(value)).filter((form) => !/: 1 5 3 32770 6/.test(form))).toEqual([]);
    });
  });

  const bytesAfter = (addr: string, proto: string) =>
    bytesOf(`0700000003000000200001000000000000000000${addr}${proto}0000`);
  test.each([
    ["an IPv4 group", { addr: "239.1.2.3", proto: 0x800 }, bytesAfter(`ef010203${"00".repeat(12)}`, "0800")],
    ["an IPv6 group", { addr: "ff02::1:3", proto: 0x86dd }, bytesAfter("ff020000000000000000000000010003", "86dd")],
    [
      "a link-layer group",
      { addr: "01:00:5e:00:00:01", proto: 0 },
      bytesAfter(`01005e000001${"00".repeat(10)}`, "0000"),
    ],
    ["bytes of no known protocol", { addr: new Uint8Array(16).fill(7), proto: 9 }, bytesAfter("07".repeat(16), "0009")],
  ] as const)("%s", (_, entry, bytes) => {
    expect(encode(mdbRequest, { family: 7, ifindex: 3, entry }, "little")).toEqual(bytes);
    expect(decode(mdbRequest, bytes, "little").entry).toMatchObject(entry);
  });
});
