import { release } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isExists, isNotFound, isNotSupported } from "../../src/api/errors.ts";
import type { RuleOptions } from "../../src/api/rule-value.ts";
import { type Box, describeKernels } from "../support/kernels.ts";

describeKernels("rules", (kernel) => {
  let box: Box;
  beforeEach(async () => {
    box = await kernel.box();
    await box.nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
  });
  afterEach(() => box?.close());

  test.each<[string, RuleOptions, object]>([
    ["prefixes", { from: "10.0.0.0/8", to: "192.0.2.0/24", table: 2000 }, { src: "10.0.0.0", srclen: 8, dst: "192.0.2.0", dstlen: 24, table: "2000" }],
    ["devices", { iif: "veth0", oif: "eth99" }, { iif: "veth0", oif: "eth99", oif_detached: null }],
    ["a mark and its mask", { fwmark: "0x100/0xff00" }, { fwmark: "0x100", fwmask: "0xff00" }],
    ["all but", { not: true, tos: 0x10 }, { not: null, tos: "0x10" }],
    ["suppressed", { suppressPrefixLength: 0, suppressIfgroup: 5 }, { suppress_prefixlen: 0, suppress_ifgroup: "5" }],
    ["VRFs", { l3mdev: true }, { l3mdev: null }],
    ["users", { uidRange: "0-1000" }, { uid_start: 0, uid_end: 1000 }],
    ["a tunnel", { tunId: 7 }, { tun_id: 7 }],
    ["ports", { ipProto: "tcp", sport: [80, 90], dport: 443 }, { ipproto: "tcp", sport_start: 80, sport_end: 90, dport: 443 }],
    ["realms", { realm: [1, 2], protocol: "zebra" }, { flow_from: "1", flow_to: "2", protocol: "zebra" }],
    ["going on elsewhere", { goto: 5000, priority: 100 }, { goto: 5000, unresolved: null }],
    ["nothing", { action: "nop" }, { nop: null }],
    ["unreachable", { action: "unreachable", family: "inet6" }, { action: "unreachable" }],
  ])("%s: as it was given, and as ip shows it", async (_what, options, shown) => {
    const { rules } = box.nl;
    const rule = { priority: 77, ...options };
    await rules.add(rule);
    const { priority, family = "inet" } = rule;
    const found = await rules.find({ priority, family });
    const { fwmark, action, ...plain } = rule;
    const read = {
      ...plain,
      ...(rule.uidRange === undefined ? {} : { uidRange: [0, 1000] }),
      ...(rule.ipProto === undefined ? {} : { ipProto: 6, sport: [80, 90], dport: [443, 443] }),
      ...(fwmark === undefined ? {} : { fwmark: 0x100, fwmask: 0xff00 }),
      action: action ?? (rule.goto === undefined ? "lookup" : "goto"),
    };
    expect(found).toMatchObject(read);
    if (kernel.live) expect(box.json(family === "inet6" ? "-6" : "-4", "rule", "show", "priority", String(priority))[0]).toMatchObject(shown as never);
    await expect(rules.add(rule)).rejects.toSatisfy(isExists);
    expect(await rules.removeIfExists(rule)).toBe(true);
    expect(await rules.removeIfExists(rule)).toBe(false);
    await expect(rules.remove(rule)).rejects.toSatisfy(isNotFound);
  }); // biome-ignore format: a table

  test("a device by index or by an alternative name of more than 15 characters is the rule's by its name", async () => {
    const { links, rules } = box.nl;
    const dev = "a-name-of-more-than-fifteen-characters";
    await links.addAltNames("veth0", [dev]);
    const { index } = await links.get("veth0");
    await rules.add({ iif: dev, oif: index, priority: 77 });
    expect(await rules.find({ priority: 77 })).toMatchObject({ iif: "veth0", oif: "veth0", flags: [] });
    expect(await rules.removeIfExists({ iif: dev, priority: 77 })).toBe(true);
    await expect(rules.add({ iif: `${dev}-2` })).rejects.toThrow(`interface not found: ${dev}-2`);
    await expect(rules.removeIfExists({ oif: 9999 })).rejects.toThrow("interface not found: 9999");
  });

  test("flush leaves the kernel's own, and what the filter does not keep", async () => {
    const { rules } = box.nl;
    for (const table of [100, 101]) await rules.add({ table, priority: 1000 + table });
    await rules.add({ table: 100, family: "inet6", protocol: "zebra" });
    const streamed: unknown[] = [];
    for await (const rule of rules.stream({ table: 100 })) streamed.push(rule.family);
    expect(streamed).toEqual(["inet", "inet6"]);
    expect((await rules.list({ protocol: "zebra" })).map((r) => r.family)).toEqual(["inet6"]);
    expect(await rules.flush({ table: 101 })).toBe(1);
    // One at a priority that is the kernel's own is not the kernel's.
    await rules.add({ to: "192.0.2.0/24", priority: 32766 });
    expect(await rules.flush()).toBe(3);
    expect((await rules.list({ family: "inet" })).map((r) => r.priority)).toEqual([0, 32766, 32767]);
  });

  kernel.liveTest(
    "a kernel that does not know a selector, and would add the rule without it, is not given it",
    async () => {
      const { rules } = box.nl;
      const [major = 0, minor = 0] = release().split(".").map(Number);
      const cases: [number, RuleOptions, object][] = [
        [12, { dscp: 8 }, { dscp: 8 }],
        [15, { dscp: "0x8/0x38" }, { dscp: 8, dscpMask: 0x38 }],
        [14, { flowlabel: 5 }, { family: "inet6", flowlabel: 5 }],
        [14, { flowlabel: "0x5/0xff" }, { flowlabel: 5, flowlabelMask: 0xff }],
        [15, { sport: "0x50/0xfff0", dport: "80" }, { sport: [0x50, 0x50], sportMask: 0xfff0, dport: [80, 80] }],
        [15, { dport: "0x50/0xfff0" }, { dport: [0x50, 0x50], dportMask: 0xfff0 }],
      ];
      for (const [i, [since, options, read]] of cases.entries()) {
        const priority = 100 + i;
        const added = rules.add({ ...options, priority });
        if (major === 6 ? minor >= since : major > 6) {
          await added;
          expect(await rules.find({ priority }), JSON.stringify(options)).toMatchObject(read);
          await rules.remove({ ...options, priority });
        } else {
          const text = `which Linux 6.${since} brought (EOPNOTSUPP), at: `;
          await expect(added, JSON.stringify(options)).rejects.toThrow(text);
          await rules.add({ from: "192.0.2.0/24", priority });
          await expect(rules.remove({ ...options, priority })).rejects.toSatisfy(isNotSupported);
          await rules.remove({ from: "192.0.2.0/24", priority });
        }
        expect(await rules.find({ priority })).toBeUndefined();
      }
    },
  );
});
