import { describe, expect, test } from "vitest";
import { type NeighborOptions, neighborValue } from "../../src/api/neighbors.ts";
import { recorder, silent } from "../support/silent.ts";

const lladdr = "02:00:00:00:00:01";
const base = { dst: "192.0.2.9", dev: 3, lladdr };

describe("neighbors: options", () => {
  test.each<[string, NeighborOptions, object]>([
    ["ip neigh add 192.0.2.9 lladdr … dev v0", base, { family: 2, ifindex: 3, state: 0x80, flags: 0, lladdr }],
    ["… nud stale", { ...base, state: "stale" }, { state: 4 }],
    ["… nud none", { ...base, state: "none" }, { state: 0 }],
    ["… nud 0x42", { ...base, state: 0x42 }, { state: 0x42 }],
    ["… router extern_learn", { ...base, router: true, externLearn: true }, { flags: 0x90, state: 0x80 }],
    ["… use: it is resolved, not permanent", { dst: "192.0.2.9", dev: 3, use: true }, { flags: 1, state: 0 }],
    ["… managed", { dst: "192.0.2.9", dev: 3, managed: true }, { flags: 0, state: 0, flagsExt: 1 }],
    ["… protocol zebra", { ...base, protocol: "zebra" }, { protocol: 11 }],
    [
      "ip neigh add proxy 2001:db8::1",
      { dst: "2001:db8::1", proxy: true },
      { family: 10, ifindex: 0, flags: 8, state: 0 },
    ],
    ["… proxy router", { dst: "2001:db8::1", dev: 3, proxy: true, router: true }, { ifindex: 3, flags: 0x88 }],
    ["the other end of a tunnel", { ...base, lladdr: "192.0.2.1" }, { lladdr: "c0:00:02:01" }],
  ])("%s", (_command, options, value) =>
    expect(neighborValue("add", options, (d) => d as number)).toMatchObject(value),
  );

  test.each<[string, NeighborOptions, string]>([
    ["no address", { dev: 3 } as never, "neighbor.dst: undefined is not an IP address"],
    ["no device", { dst: "192.0.2.9", lladdr } as never, "neighbor.dev: the device is missing"],
    [
      "a link-layer address that is none",
      { ...base, lladdr: "02:00" + "x" },
      'neighbor.lladdr: "02:00x" is not a link-layer',
    ],
    ["a state that is none", { ...base, state: "gone" as never }, 'neighbor.state: "gone" is not one of incomplete'],
    ["a proxy's state", { dst: "192.0.2.9", proxy: true, state: "stale" }, "neighbor.state: a proxy has none"],
    ["a proxy's link-layer address", { ...base, proxy: true }, "neighbor.lladdr: a proxy has none"],
    ["a word for a switch", { ...base, router: "yes" as never }, "neighbor.router: yes is not true or false"],
    ["a protocol that is none", { ...base, protocol: "gone" }, 'neighbor.protocol: "gone" is not one of'],
    ["a misspelling", { ...base, mac: lladdr } as never, "neighbor.mac: there is no such option"],
  ])("%s is refused before anything is sent", async (_what, options, message) => {
    await expect((await silent()).neighbors.add(options)).rejects.toThrow(message);
  });
  test("filters that are none", async () => {
    const { neighbors } = await silent();
    await expect(neighbors.list({ nud: "stale" } as never)).rejects.toThrow("neighbors.nud: there is no such option");
    await expect(neighbors.list({ state: ["stale", "gone"] })).rejects.toThrow('neighbors.state: "gone" is not one of');
    await expect(neighbors.remove({ ...base } as never)).rejects.toThrow("neighbor.lladdr: there is no such option");
    expect(() => neighbors.prepare("add", { ...base, dev: "v0" })).toThrow('dev: "v0" is a name');
  });
  test("bytes of the requests, as of ip neigh", async () => {
    const { nl, sent } = await recorder();
    await nl.neighbors.add(base);
    await nl.neighbors.replace({ ...base, managed: true });
    await nl.neighbors.change(base);
    await nl.neighbors.remove({ dst: base.dst, dev: 3 });
    await nl.neighbors.remove({ dst: base.dst, proxy: true });
    const batch = nl.batch();
    batch.add(nl.neighbors.prepare("remove", { dst: base.dst, dev: 3 }));
    expect(await batch.send()).toEqual([undefined]);
    const head = (state: string, flags = "00", index = "03") => `02000000${index}000000${state}00${flags}00`;
    const dst = "08000100c0000209";
    const mac = "0a0002000200000000010000";
    expect(sent).toEqual([
      { type: 28, flags: 0x605, hex: head("80") + dst + mac },
      { type: 28, flags: 0x505, hex: `${head("00")}${dst}${mac}08000f0001000000` },
      { type: 28, flags: 0x105, hex: head("80") + dst + mac },
      { type: 29, flags: 0x5, hex: head("00") + dst },
      { type: 29, flags: 0x5, hex: head("00", "08", "00") + dst },
      { type: 29, flags: 0x5, hex: head("00") + dst },
    ]);
  });
});
