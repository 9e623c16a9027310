import { describe, expect, test } from "vitest";
import { type FdbOptions, fdbValue } from "../../src/api/fdb.ts";
import { recorder, silent } from "../support/silent.ts";

const mac = "02:00:00:00:00:01";

describe("forwarding entries: options", () => {
  test.each<[string, FdbOptions, object]>([
    ["bridge fdb add MAC dev v0", { mac, dev: 3 }, { flags: 2, state: 0xc0 }],
    ["… master static", { mac, dev: 3, master: true, state: "static" }, { flags: 4, state: 0x42 }],
    [
      "… master dynamic vlan 7",
      { mac, dev: 3, master: true, state: "dynamic", vlan: 7 },
      { flags: 4, state: 2, vlan: 7 },
    ],
    ["… self master", { mac, dev: 3, master: true, self: true }, { flags: 6 }],
    [
      "… sticky extern_learn use router",
      { mac, dev: 3, sticky: true, externLearn: true, use: true, router: true },
      { flags: 0xd3 },
    ],
    [
      "… dst 192.0.2.1 port 4790 vni 77 src_vni 5 via v1",
      { mac, dev: 3, dst: "192.0.2.1", port: 4790, vni: 77, srcVni: 5, via: "v1" },
      { dst: "192.0.2.1", port: 4790, vni: 77, srcVni: 5, viaIfindex: 9 },
    ],
    ["… nhid 5", { mac, dev: 3, nexthopId: 5 }, { nhId: 5 }],
    [
      "… activity_notify inactive norefresh",
      { mac, dev: 3, activityNotify: true, inactive: true, noRefresh: true },
      { fdbExtAttrs: { activityNotify: 3, dontRefresh: 1 } },
    ],
    ["activity is no longer told of", { mac, dev: 3, activityNotify: false }, { fdbExtAttrs: { activityNotify: 0 } }],
    ["another spelling of the address", { mac: "2:0:0:0:0:A", dev: 3 }, { lladdr: "02:00:00:00:00:0a" }],
  ])("%s", (_command, options, value) => expect(fdbValue("add", options, () => 9)).toMatchObject(value));

  test.each<[string, FdbOptions, string]>([
    ["no address", { dev: 3 } as never, "fdb.mac: undefined is not a MAC address"],
    ["an address of five bytes", { mac: "02:00:00:00:01", dev: 3 }, 'fdb.mac: "02:00:00:00:01" is not a MAC address'],
    ["no device", { mac } as never, "fdb.dev: the device is missing"],
    ["a VLAN too high", { mac, dev: 3, vlan: 4095 }, "fdb.vlan: 4095 is not an integer from 0 to 4094"],
    [
      "a state that is none",
      { mac, dev: 3, state: "gone" as never },
      'fdb.state: "gone" is not permanent, static or dynamic',
    ],
    ["two destinations", { mac, dev: 3, dst: "192.0.2.1", nexthopId: 5 }, "fdb.nexthopId: not together with dst"],
    ["a network id too high", { mac, dev: 3, vni: 1 << 24 }, "fdb.vni: 16777216 is not an integer from 0 to 16777215"],
    ["a word for a switch", { mac, dev: 3, master: "br0" as never }, "fdb.master: br0 is not true or false"],
    ["a misspelling", { mac, dev: 3, brport: 3 } as never, "fdb.brport: there is no such option"],
  ])("%s is refused before anything is sent", async (_what, options, message) => {
    await expect((await silent()).fdb.add(options)).rejects.toThrow(message);
  });

  test("bytes of the requests: add and append of VXLAN as in bridge(8), the kernel's bulk flush", async () => {
    const { nl, sent } = await recorder();
    await nl.fdb.add({ mac, dev: 3, dst: "192.0.2.42", srcVni: 5 });
    await nl.fdb.append({ mac: "00:00:00:00:00:00", dev: 3, dst: "192.0.2.40" });
    await nl.fdb.replace({ mac, dev: 3, master: true });
    await nl.fdb.change({ mac, dev: 3, master: true });
    await nl.fdb.remove({ mac, dev: 3, master: true });
    await nl.fdb.flush(4, { brport: 3, vlan: 7, state: "dynamic", externLearn: false });
    await nl.fdb.flush(4);
    const batch = nl.batch();
    batch.add(nl.fdb.prepare("remove", { mac, dev: 3, master: true }));
    expect(await batch.send()).toEqual([undefined]);
    expect(() => nl.fdb.prepare("add", { mac, dev: "v0" })).toThrow('dev: "v0" is a name');
    const head = (state: string, flags: string, index = "03") => `07000000${index}000000${state}00${flags}00`;
    const lladdr = "0a000200020000000001" + "0000";
    expect(sent).toEqual([
      { type: 28, flags: 0x605, hex: `${head("c0", "02")}08000100c000022a${lladdr}08000b0005000000` },
      { type: 28, flags: 0xc05, hex: `${head("c0", "02")}08000100c00002280a0002000000000000000000` },
      { type: 28, flags: 0x505, hex: `${head("c0", "04")}${lladdr}` },
      { type: 28, flags: 0x105, hex: `${head("c0", "04")}${lladdr}` },
      { type: 29, flags: 0x5, hex: `${head("00", "04")}${lladdr}` },
      {
        type: 29,
        flags: 0x205,
        hex: `${head("00", "02", "04")}0800080003000000060005000700000006001000c00000000500110010000000`,
      },
      { type: 29, flags: 0x205, hex: head("00", "02", "04") },
      { type: 29, flags: 0x5, hex: `${head("00", "04")}${lladdr}` },
    ]);
    await expect(nl.fdb.flush(4, { state: "stale" as never })).rejects.toThrow("fdb.state");
    await expect(nl.fdb.get({ mac, dev: 3, dst: "192.0.2.1" })).rejects.toThrow("fdb.dst: one entry is had by");
  });
});
