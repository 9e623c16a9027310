import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { LinkChange, LinkOptions } from "../../src/api/link-value.ts";
import { type Sandbox, sandbox } from "../support/netns.ts";

const why = process.env.NLINK_VM ? "" : " (skipped: needs the full kernel, see test/vm/README.md)";

/** What the kernel refuses: the errno, and what is said. */
const refused: [LinkOptions, code: string, message: string][] = [
  [{ kind: "ovpn", name: "x" }, "EOPNOTSUPP", "add ovpn link x: the kernel has no links of kind ovpn, nor a module rtnl-link-ovpn (EOPNOTSUPP)"],
  [{ kind: "dummy", name: "d0" }, "EEXIST", "add dummy link d0: File exists (EEXIST)"],
  [{ kind: "dummy", name: "x", index: 1 }, "EEXIST", "add dummy link x: File exists (EEXIST)"],
  [{ kind: "vlan", name: "x", id: 5 }, "EINVAL", "add vlan link x: 8021q: link not specified (EINVAL)"],
  [{ kind: "vlan", name: "x", link: "d0" }, "EINVAL", "add vlan link x: 8021q: VLAN properties not specified (EINVAL)"],
  [{ kind: "vlan", name: "x", link: 9999, id: 5 }, "ENODEV", "add vlan link x: 8021q: link does not exist (ENODEV)"],
  [{ kind: "vlan", name: "x", link: "d0", id: 4095 }, "ERANGE", "add vlan link x: 8021q: Invalid VLAN id (ERANGE)"],
  [{ kind: "vlan", name: "x", link: "nlmon", id: 5 }, "EOPNOTSUPP", "add vlan link x: 8021q: VLANs not supported on device (EOPNOTSUPP)"],
  [{ kind: "macvlan", name: "x" }, "EINVAL", "add macvlan link x: Invalid argument (EINVAL)"],
  [{ kind: "macvlan", name: "x", link: "lo" }, "EINVAL", "add macvlan link x: Invalid argument (EINVAL)"],
  [{ kind: "ipvlan", name: "x", link: "lo" }, "EINVAL", "add ipvlan link x: Invalid argument (EINVAL)"],
  [{ kind: "macsec", name: "x", link: "nlmon" }, "EINVAL", "add macsec link x: Invalid argument (EINVAL)"],
  [{ kind: "vxlan", name: "x", id: 0x1000000 }, "ERANGE", "add vxlan link x: VXLAN ID must be lower than 16777216 (ERANGE), at: linkinfo.data.id"],
  [{ kind: "vxlan", name: "x" }, "EINVAL", "add vxlan link x: Required attributes not provided to perform the operation (EINVAL)"],
  [{ kind: "vrf", name: "x" }, "EINVAL", "add vrf link x: VRF table id is missing (EINVAL)"],
  [{ kind: "bond", name: "x", mode: "balance-rr", adLacpRate: "fast" }, "EACCES", "add bond link x: option not supported in mode (EACCES), at: linkinfo.data.adLacpRate"],
  [{ kind: "bridge", name: "x", priority: 1, groupFwdMask: 7 }, "EINVAL", "add bridge link x: Invalid argument (EINVAL)"],
  [{ kind: "hsr", name: "x", slave1: "d0" }, "EINVAL", "add hsr link x: hsr: Slave2 device not specified (EINVAL)"],
  [{ kind: "dummy", name: "x", mtu: 0xfffffff0 }, "EINVAL", "add dummy link x: mtu less than device minimum (EINVAL)"],
  [{ kind: "dummy", name: "x", address: "01:00:00:00:00:01" }, "EADDRNOTAVAIL", "add dummy link x: Cannot assign requested address (EADDRNOTAVAIL)"],
  [{ kind: "dummy", name: "x", master: "d0" }, "EOPNOTSUPP", "add dummy link x: Operation not supported (EOPNOTSUPP)"],
  [{ kind: "veth", name: "x", peer: { name: "d0" } }, "EEXIST", "add veth link x: File exists (EEXIST)"],
]; // biome-ignore format: a table
const refusedChanges: [device: string, LinkChange, code: string, message: string][] = [
  ["d0", { kind: "bridge", vlanFiltering: true }, "EOPNOTSUPP", "set link d0: Operation not supported (EOPNOTSUPP)"],
  ["br", { kind: "bridge", forwardDelayMs: 10 }, "ERANGE", "set link br: Numerical result out of range (ERANGE)"],
  ["vx", { kind: "vxlan", id: 7 }, "EOPNOTSUPP", "set link vx: Cannot change VNI (EOPNOTSUPP)"],
  ["vx", { kind: "vxlan", port: 7 }, "EOPNOTSUPP", "set link vx: Cannot change port (EOPNOTSUPP)"],
  ["d0", { master: "d0" }, "EOPNOTSUPP", "set link d0: Operation not supported (EOPNOTSUPP)"],
  ["d0", { name: "lo" }, "EEXIST", "set link d0: File exists (EEXIST)"],
  ["d0", { protoDown: true }, "EOPNOTSUPP", "set link d0: Protodown not supported by device (EOPNOTSUPP)"],
]; // biome-ignore format: a table

const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((e: Error & { code: string }) => [e.name, e.code, e.message]);

describe.skipIf(why !== "")(`links that the kernel refuses${why}`, () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    await box.nl.links.add({ kind: "dummy", name: "d0", up: true });
    await box.nl.links.add({ kind: "nlmon", name: "nlmon" });
    await box.nl.links.add({ kind: "vxlan", name: "vx", id: 6, port: 4789 });
    await box.nl.links.add({ kind: "bridge", name: "br", stpState: "kernel" });
  });
  afterAll(() => box?.close());
  afterEach(() => box.nl.links.removeIfExists("x"));

  test.each(refused)("%j: %s", async (options, code, message) => {
    const before = (await box.nl.links.list()).map((link) => link.name);
    expect(await refusal(box.nl.links.add(options))).toEqual(["NetlinkError", code, message]);
    expect((await box.nl.links.list()).map((link) => link.name)).toEqual(before);
  });
  test.each(refusedChanges)("%s %j: %s", async (device, change, code, message) => {
    expect(await refusal(box.nl.links.set(device, change))).toEqual(["NetlinkError", code, message]);
  });

  test.each([
    [{ kind: "vlan", name: "x", link: "nosuch", id: 5 }, "interface not found: nosuch"],
    [{ kind: "vxlan", name: "x", id: 5, dev: "nosuch" }, "interface not found: nosuch"],
    [{ kind: "hsr", name: "x", slave1: "d0", slave2: "nosuch" }, "interface not found: nosuch"],
    [{ kind: "dummy", name: "x", master: "nosuch" }, "interface not found: nosuch"],
    [{ kind: "dummy", name: "x", netns: "nosuch" }, "namespace not found: nosuch"],
    [{ kind: "dummy", name: "x", linkNetns: "nosuch" }, "namespace not found: nosuch"],
    [{ kind: "veth", name: "x", peer: { name: "y", netns: "nosuch" } }, "namespace not found: nosuch"],
  ] as [LinkOptions, string][])("%j: %s", async (options, message) => {
    await expect(box.nl.links.add(options)).rejects.toMatchObject({ message });
    expect(await box.nl.links.find("x")).toBeUndefined();
  });

  test("a second step that fails takes the link along", async () => {
    await expect(box.nl.links.add({ kind: "dummy", name: "x", protoDown: true })).rejects.toMatchObject({
      code: "EOPNOTSUPP",
    });
    await expect(box.nl.links.add({ kind: "dummy", name: "x", altNames: ["d0"] })).rejects.toMatchObject({
      code: "EEXIST",
    });
    expect(await box.nl.links.find("x")).toBeUndefined();
  });
});
