import { describe, expect, test } from "vitest";
import { type MdbOptions, mdbValue } from "../../src/api/mdb.ts";
import { recorder, silent } from "../support/silent.ts";

const base = { dev: 3, port: 4, group: "239.1.1.1" };
describe("multicast entries: options", () => {
  test.each<[string, MdbOptions, object]>([
    [
      "dev br0 port v0 grp 239.1.1.1",
      base,
      { family: 7, ifindex: 3, entry: { ifindex: 4, proto: 0x800, addr: "239.1.1.1" } },
    ],
    ["dev br0 grp … : the host's", { dev: 3, group: "239.1.1.1" }, { ifindex: 3, entry: { ifindex: 3 } }],
    ["… permanent vid 7", { ...base, state: "permanent", vlan: 7 }, { entry: { state: 1, vid: 7 } }],
    ["grp ff05::1", { ...base, group: "ff05::1" }, { entry: { proto: 0x86dd, addr: "ff05::1" } }],
    [
      "grp 01:00:5e:01:01:01",
      { ...base, group: "01:00:5e:01:01:01" },
      { entry: { proto: 0, addr: "01:00:5e:01:01:01" } },
    ],
    ["… src 192.0.2.1", { ...base, source: "192.0.2.1" }, { entryAttrs: { source: "192.0.2.1" } }],
    [
      "… filter_mode include source_list 192.0.2.1,192.0.2.2 proto static",
      { ...base, mode: "include", sources: ["192.0.2.1", "192.0.2.2"], protocol: "static" },
      {
        entryAttrs: {
          groupMode: 1,
          srcList: { entry: [{ address: "192.0.2.1" }, { address: "192.0.2.2" }] },
          rtprot: 4,
        },
      },
    ],
    [
      "… dst 192.0.2.9 dst_port 4790 vni 7 src_vni 8 via br0",
      { ...base, dst: "192.0.2.9", dstPort: 4790, vni: 7, srcVni: 8, via: "br0" },
      { entryAttrs: { dst: "192.0.2.9", dstPort: 4790, vni: 7, srcVni: 8, outIfindex: 9 } },
    ],
  ])("%s", (_command, options, value) =>
    expect(mdbValue("add", options, (d) => (d === "br0" ? 9 : (d as number)))).toMatchObject(value),
  );

  test.each<[string, MdbOptions, string]>([
    ["no bridge", { group: "239.1.1.1" } as never, "mdb.dev: the bridge is missing"],
    ["no group", { dev: 3 } as never, "mdb.group: undefined is not an IPv4, IPv6 or MAC address"],
    ["a group that is none", { dev: 3, group: "239.1.1" }, 'mdb.group: "239.1.1" is not an IPv4, IPv6 or MAC address'],
    ["a VLAN too high", { ...base, vlan: 4095 }, "mdb.vlan: 4095 is not an integer from 0 to 4094"],
    ["a source that is none", { ...base, source: "here" }, 'mdb.source: "here" is not an IP address'],
    ["one of the sources", { ...base, sources: ["192.0.2.1", "x"] }, 'mdb.sources: "x" is not an IP address'],
    ["a text of sources", { ...base, sources: "192.0.2.1" as never }, 'mdb.sources: "192.0.2.1" is not a list'],
    [
      "a state that is none",
      { ...base, state: "static" as never },
      'mdb.state: "static" is not one of temp, permanent',
    ],
    ["a mode that is none", { ...base, mode: "both" as never }, 'mdb.mode: "both" is not one of exclude, include'],
    ["a port of UDP too high", { ...base, dstPort: 65536 }, "mdb.dstPort: 65536 is not an integer from 0 to 65535"],
    ["a misspelling", { ...base, vid: 7 } as never, "mdb.vid: there is no such option"],
  ])("%s is refused before anything is sent", async (_what, options, message) => {
    await expect((await silent()).mdb.add(options)).rejects.toThrow(message);
  });

  test("bytes of the requests, as of bridge mdb add, del and flush", async () => {
    const { nl, sent } = await recorder();
    await nl.mdb.add({ ...base, state: "permanent", source: "192.0.2.1" });
    await nl.mdb.replace(base);
    await nl.mdb.remove(base);
    await nl.mdb.flush(3, { state: "temp", vlan: 7 });
    const entry = (index: string, state: string, vid: string, group: string, proto: string) =>
      `070000000300000020000100${index}000000${state}00${vid}${group}000000000000000000000000${proto}0000`;
    const group = "ef010101";
    expect(sent).toEqual([
      { type: 84, flags: 0x605, hex: `${entry("04", "01", "0000", group, "0800")}0c00028008000100c0000201` },
      { type: 84, flags: 0x505, hex: entry("04", "00", "0000", group, "0800") },
      { type: 85, flags: 0x5, hex: entry("04", "00", "0000", group, "0800") },
      { type: 85, flags: 0x205, hex: `${entry("00", "00", "0700", "00000000", "0000")}0c00028005000a0001000000` },
    ]);
    await expect(nl.mdb.flush(3, { group: "239.1.1.1" } as never)).rejects.toThrow(
      "mdb.group: there is no such option",
    );
  });
});
