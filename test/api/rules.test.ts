import { describe, expect, test } from "vitest";
import { type RuleOptions, ruleValue } from "../../src/api/rule-value.ts";
import { recorder, silent } from "../support/silent.ts";

describe("rules: options", () => {
  test.each<[string, RuleOptions, object]>([
    ["ip rule add", {}, { family: 2, srcLen: 0, dstLen: 0, tos: 0, table: 254, action: 1, flags: 0 }],
    ["from 10.0.0.0/8 to 192.0.2.1 table 100", { from: "10.0.0.0/8", to: "192.0.2.1", table: 100 }, { src: "10.0.0.0", srcLen: 8, dst: "192.0.2.1", dstLen: 32, table: 100 }],
    ["from all table 1000", { from: "all", table: 1000 }, { srcLen: 0, table: 0, tableId: 1000 }],
    ["-6 from 2001:db8::/32 table local", { from: "2001:db8::/32", table: "local" }, { family: 10, table: 255 }],
    ["not iif v0 oif v1", { not: true, iif: "v0", oif: "v1" }, { flags: 2, iifname: "v0", oifname: "v1" }],
    ["iif by index", { iif: 3 }, { iifname: "name of 3" }],
    ["fwmark 0x100/0xff00", { fwmark: "0x100/0xff00" }, { fwmark: 0x100, fwmask: 0xff00 }],
    ["dsfield 0x10", { tos: 0x10 }, { tos: 0x10 }],
    ["dscp 0x8/0x38", { dscp: "0x8/0x38" }, { dscp: 8, dscpMask: 0x38 }],
    ["flowlabel 5", { flowlabel: 5 }, { family: 10, flowlabel: 5, flowlabelMask: 0xfffff }],
    ["goto 200 priority 100", { goto: 200, priority: 100 }, { action: 2, goto: 200, priority: 100, table: 0 }],
    ["nop", { action: "nop" }, { action: 3, table: 0 }],
    ["blackhole, unreachable, prohibit", { action: "prohibit" }, { action: 8, table: 0 }],
    ["suppress_prefixlength 0 suppress_ifgroup 5", { suppressPrefixLength: 0, suppressIfgroup: 5 }, { suppressPrefixlen: 0, suppressIfgroup: 5 }],
    ["l3mdev", { l3mdev: true }, { l3mdev: 1, table: 0, action: 1 }],
    ["uidrange 0-1000", { uidRange: "0-1000" }, { uidRange: { start: 0, end: 1000 } }],
    ["tun_id 2^63", { tunId: 2n ** 63n }, { tunId: 2n ** 63n }],
    ["ipproto udp sport 80-90 dport 443", { ipProto: "udp", sport: "80-90", dport: 443 }, { ipProto: 17, sportRange: { start: 80, end: 90 }, dportRange: { start: 443, end: 443 } }],
    ["sport 0x50/0xfff0", { sport: "0x50/0xfff0" }, { sportRange: { start: 0x50, end: 0x50 }, sportMask: 0xfff0 }],
    ["realms 1/2 protocol zebra", { realm: [1, 2], protocol: "zebra" }, { flow: 0x10002, protocol: 11 }],
  ])("%s", (_command, options, value) => expect(ruleValue("add", options, (d) => (typeof d === "string" ? d : `name of ${d}`))).toMatchObject(value)); // biome-ignore format: a table

  test("a removal leaves open what is not given", () => {
    const value = ruleValue("remove", { from: "10.0.0.0/8" }, String);
    expect(value).toMatchObject({ action: 0, table: 0 });
    expect(ruleValue("remove", { goto: 200 }, String)).toMatchObject({ action: 2, goto: 200, table: 0 });
  });

  test.each<[string, RuleOptions, string]>([
    ["a prefix of another family", { family: "inet6", from: "10.0.0.0/8" }, "rule.from: 10.0.0.0/8 is of another family"],
    ["host bits", { from: "10.0.0.1/8" }, "rule.from: 10.0.0.1/8 has host bits set"],
    ["a mark that is none", { fwmark: "0x100/0xffg" }, 'rule.fwmark: "0x100/0xffg" is not a number up to 4294967295'],
    ["a mark with three parts", { fwmark: "1/2/3" }, 'rule.fwmark: "1/2/3" is not'],
    ["a DSCP too high", { dscp: 64 }, "rule.dscp: 64 is not a number up to 63"],
    ["DSCP and TOS", { dscp: 8, tos: 0x20 }, "rule.dscp: not together with tos"],
    ["a flow label of IPv4", { family: "inet", flowlabel: 5 }, "rule.flowlabel: only IPv6 rules have it"],
    ["realms of IPv6", { family: "inet6", realm: 1 }, "rule.realm: only IPv4 rules have it"],
    ["goto nowhere", { action: "goto" }, "rule.goto: the priority to go on with is missing"],
    ["goto of another action", { action: "nop", goto: 5 }, "rule.goto: not together with another action"],
    ["a table that is not looked up", { action: "nop", table: 5 }, "rule.table: nop looks up none"],
    ["a table of l3mdev", { l3mdev: true, table: 5 }, "rule.table: l3mdev says which"],
    ["an action that is none", { action: "drop" as never }, 'rule.action: "drop" is not one of'],
    ["a table that is none", { table: "mine" }, 'rule.table: "mine" is not one of'],
    ["a priority that is none", { priority: -1 }, "rule.priority: -1 is not an integer"],
    ["a length too great", { suppressPrefixLength: 33 }, "rule.suppressPrefixLength: 33 is not an integer from 0 to 32"],
    ["port 0", { sport: 0 }, "rule.sport: 0 is not a number or range from 1 to 65534"],
    ["ports backwards", { dport: "90-80" }, 'rule.dport: "90-80" is not a number or range'],
    ["a port's mask that is none", { dport: "80/" }, 'rule.dport: "80/" is not a port and its mask'],
    ["users that are none", { uidRange: "a-b" }, 'rule.uidRange: "a-b" is not a number or range'],
    ["a tunnel that is none", { tunId: -1 }, "rule.tunId: -1 is not an id of 64 bits"],
    ["a protocol of IP that is none", { ipProto: "quic" }, 'rule.ipProto: "quic" is not a protocol'],
    ["a word for a switch", { not: "yes" as never }, "rule.not: yes is not true or false"],
    ["a misspelling", { fwMark: 1 } as never, "rule.fwMark: there is no such option"],
  ])("%s is refused before anything is sent", async (_what, options, message) => {
    await expect((await silent()).rules.add(options)).rejects.toThrow(message);
  }); // biome-ignore format: a table

  test("what says nothing, and what cannot wait", async () => {
    const { rules } = await silent();
    await expect(rules.remove({})).rejects.toThrow("rule: nothing says which one to remove");
    await expect(rules.remove({ from: undefined })).rejects.toThrow("rule: nothing says which one to remove");
    await expect(rules.list({ from: "10.0.0.0/8" } as never)).rejects.toThrow("rules.from: there is no such option");
    expect(() => rules.prepare("add", { iif: 3 })).toThrow("rule: 3 is not a name of up to 15 characters");
    expect(() => rules.prepare("add", { iif: "a-name-of-more-than-15" })).toThrow(
      "is not a name of up to 15 characters",
    );
  });

  test("bytes of the requests, as of ip rule", async () => {
    const { nl, sent } = await recorder();
    await nl.rules.add({ from: "10.0.0.0/8", fwmark: "0x100/0xff00", priority: 1000, table: 100 });
    await nl.rules.remove({ priority: 1000 });
    const rest = `${"08000600e8030000"}${"08000a0000010000"}${"0800100000ff0000"}${"080002000a000000"}`;
    expect(sent).toEqual([
      { type: 32, flags: 0x605, hex: `020008006400000100000000${rest}` },
      { type: 33, flags: 0x5, hex: `020000000000000000000000${"08000600e8030000"}` },
    ]);
  });
});
