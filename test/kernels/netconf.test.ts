import { afterAll, beforeAll, expect, test } from "vitest";
import { isNotSupported } from "../../src/api/errors.ts";
import { type Box, describeKernels } from "../support/kernels.ts";
import { silent } from "../support/silent.ts";

describeKernels("network configuration", (kernel) => {
  let box: Box;
  beforeAll(async () => {
    box = await kernel.box();
    await box.nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
    box.sysctl("net.ipv4.conf.veth0.forwarding", 1);
    box.sysctl("net.ipv4.conf.veth0.rp_filter", 2);
    box.sysctl("net.ipv4.conf.default.proxy_arp", 1);
    box.sysctl("net.ipv6.conf.veth1.proxy_ndp", 1);
  });
  afterAll(() => box?.close());

  test("settings are those of the sysctls, by device and for all", async () => {
    const { netconf } = box.nl;
    expect(await netconf.get("veth0")).toMatchObject({ family: "inet", dev: "veth0", forwarding: true, rpFilter: 2 });
    expect(await netconf.get("veth1")).toMatchObject({ forwarding: false, proxyNeigh: true });
    expect(await netconf.get("default", "inet")).toMatchObject({ dev: "default", index: -2, proxyNeigh: true });
    expect(await netconf.get("all", "inet6")).toMatchObject({ family: "inet6", dev: "all", forwarding: false });
    expect((await netconf.list({ family: "inet6" })).filter((c) => c.proxyNeigh).map((c) => c.dev)).toEqual(["veth1"]);
    expect((await netconf.list({ dev: "veth0" })).map((c) => c.family)).toEqual(["inet", "inet6"]);
    const streamed: unknown[] = [];
    for await (const c of netconf.stream({ family: "inet", dev: "default" })) streamed.push(c.dev);
    expect(streamed).toEqual(["default"]);
  });
  kernel.liveTest("the list is that of ip", async () => {
    const ours = (await box.nl.netconf.list()).map((c) => `${c.family} ${c.dev} ${c.forwarding ? "on" : "off"}`);
    const theirs = box.json("netconf").map((c) => `${c.family} ${c.interface} ${c.forwarding ? "on" : "off"}`);
    expect(ours.sort()).toEqual(theirs.sort());
  });
  test("devices and families that there are not", async () => {
    await expect(box.nl.netconf.get("eth99")).rejects.toThrow("interface not found: eth99");
    await expect(box.nl.netconf.get(9999)).rejects.toThrow("interface not found: 9999");
    await expect(box.nl.netconf.get("lo", "bridge")).rejects.toSatisfy(isNotSupported);
    await expect((await silent()).netconf.list({ families: 2 } as never)).rejects.toThrow("netconf.families: there is");
    await expect((await silent()).netconf.get(1, "ipx" as never)).rejects.toThrow(
      'netconf.family: "ipx" is not one of',
    );
  });
});
