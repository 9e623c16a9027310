import { describe, expect, test } from "vitest";
import { type Attrs, attrs, bytes, indexed, lazy, multi, records, select } from "../../src/codec/schema/attrs.ts";
import { enumeration, flags, names, s32, u8, u16, u32 } from "../../src/codec/schema/scalar.ts";
import { opt, pad, struct } from "../../src/codec/schema/struct.ts";
import { check } from "./check.ts";
import { claimsOf } from "./schemas.ts";
import { findUapi } from "./uapi.ts";

// The header check is worth what it finds: here it is held against schemas with known mistakes.
const claims = (root: unknown) => claimsOf([["x", root]]);
const brief = (root: unknown) => claims(root).claims.map(({ path, c, ours }) => [path, c, ours]);

describe("claims", () => {
  test("names follow from a declaration, or are given with it", () => {
    const modes = names("BOND_MODE_", { "balance-rr": 0, "802.3ad": 4, own: 9 }, { "802.3ad": "8023AD", own: "" });
    const bond = attrs("bond", { c: "IFLA_BOND_" }, { mode: [1, enumeration(u8, modes)], arpIpTarget: [8, bytes] });
    const sit = attrs("sit", { c: "IFLA_IPTUN_" }, { sixrdPrefix: [11, bytes, "6RD_PREFIX"], own: [99, u8, ""] });
    const found = claims({ data: select("kind", { bond, sit }), words: names("", { one: 1 }) });
    expect(found.claims.map(({ path, c, ours }) => [path, c, ours])).toEqual([
      ["x[data][bond].mode", "IFLA_BOND_MODE", 1],
      ["x[data][bond].arpIpTarget", "IFLA_BOND_ARP_IP_TARGET", 8],
      ["x[data][sit].sixrdPrefix", "IFLA_IPTUN_6RD_PREFIX", 11],
      ['x[data][bond].mode["balance-rr"]', "BOND_MODE_BALANCE_RR", 0],
      ['x[data][bond].mode["802.3ad"]', "BOND_MODE_8023AD", 4],
    ]);
    expect(found.nameless).toEqual({ attributes: 1, values: 2, structs: 0, members: 0 });
  });

  test("a struct claims its size, and of each member the offset and the width", () => {
    const facts = { size: 12, c: "m_", names: { other: "u.b", own: undefined } };
    const inner = struct("", { size: 2 }, { x: u16 });
    expect(brief(struct("msg", facts, { dstLen: u8, _pad: pad(1), other: u16, own: inner, late: opt(u32) }))).toEqual([
      ["x", "sizeof(struct msg)", 12],
      ["x.dstLen", "offsetof(struct msg, m_dst_len)", 0],
      ["x.dstLen", "sizeof(((struct msg *)0)->m_dst_len)", 1],
      ["x.other", "offsetof(struct msg, u.b)", 2],
      ["x.other", "sizeof(((struct msg *)0)->u.b)", 2],
      ["x.late", "offsetof(struct msg, m_late)", 8],
      ["x.late", "sizeof(((struct msg *)0)->m_late)", 4],
    ]);
  });

  test("every way of nesting is walked, and a set that contains itself once", () => {
    const head = struct("head", { size: 4 }, { length: u16, _: pad(2) });
    const leaf = (n: number) => attrs("leaf", { c: "" }, { value: [n, enumeration(u8, names(`L${n}_`, { a: n }))] });
    const set: Attrs = attrs(
      "set",
      { c: "SET_", head },
      {
        many: [1, multi(leaf(1))],
        counted: [2, indexed(leaf(2))],
        hops: [3, records(leaf(3))],
        self: [4, lazy((): Attrs => set)],
        family: [5, select("many", { 2: leaf(5) }, leaf(6))],
      },
    );
    const found = claims(new Map([["set", set]])).claims.map(({ c }) => c);
    expect(found).toEqual(
      expect.arrayContaining(["SET_SELF", "sizeof(struct head)", "L1_A", "L2_A", "L3_A", "L5_A", "L6_A"]),
    );
    expect(found.filter((c) => c === "SET_SELF")).toHaveLength(1);
  });

  test("what cannot be is a fault", () => {
    const tooLarge = flags(u8, names("", { late: 0x100 }));
    const tooSmall = struct("s", { size: 2 }, { a: u32 });
    expect(claims({ tooLarge, tooSmall }).faults).toEqual([
      { path: "x[tooLarge]", fault: '"late" is 256, which is no u8' },
      { path: "x[tooSmall]", fault: "struct s: declared 2 bytes, its members take 4" },
    ]);
  });
});

const found = findUapi();
describe.skipIf("missing" in found)(`verdict${"missing" in found ? ` (skipped: ${found.missing})` : ""}`, () => {
  const verdict = (root: unknown) => {
    if ("missing" in found) throw new Error(found.missing);
    return check(claims(root), found.uapi);
  };
  const rows = (root: unknown) => verdict(root).mismatches.map(({ path, c, ours, kernel }) => [path, c, ours, kernel]);
  const types = names("RTN_", { unspec: 0, unicast: 1 });

  test("what is right passes, a bit 31 that C has as a negative number too", () => {
    const cloned = names("RTM_F_", { notify: 0x100, cloned: 0x200, "lookup-table": 0x1000 });
    const discard = names("RXH_", { discard: 2 ** 31 });
    const bits = names("NHA_OP_FLAG_", { "dump-hw-stats": 2, "resp-grp-resvd-0": 2 ** 31 });
    const rtmsg = struct(
      "rtmsg",
      { size: 12, c: "rtm_" },
      { family: u8, dstLen: u8, srcLen: u8, tos: u8, table: u8, protocol: u8, scope: u8, type: u8, flags: u32 },
    );
    expect(rows([types, cloned, discard, bits, rtmsg])).toEqual([]);
  });

  test("a wrong number is a mismatch, and so is a name that no header has", () => {
    const set = attrs("route", { c: "RTA_" }, { dst: [2, bytes], source: [7, bytes], oif: [4, u32] });
    expect(rows(set)).toEqual([
      ["x.dst", "RTA_DST", 2, "1 (2 is RTA_SRC)"],
      ["x.source", "RTA_SOURCE", 7, "none (7 is RTA_PREFSRC)"],
    ]);
    expect(rows(names("RTN_", { "802.3ad": 1, unicast: 2 }))).toEqual([
      ['x["802.3ad"]', "RTN_802.3AD", 1, "none (1 is RTN_UNICAST)"],
      ['x["unicast"]', "RTN_UNICAST", 2, "1 (2 is RTN_LOCAL)"],
    ]);
  });

  test("a wrong size, offset, width or member is a mismatch", () => {
    const wrong = struct(
      "ifinfomsg",
      { size: 20, c: "ifi_" },
      { family: u8, _: pad(3), index: s32, typ: u32, type: u32, flags: u32 },
    );
    expect(rows([wrong, struct("no_such_msg", { size: 1 }, { a: u8 })])).toEqual([
      ["x[0]", "sizeof(struct ifinfomsg)", 20, "16"],
      ["x[0].typ", "offsetof(struct ifinfomsg, ifi_typ)", 8, "none"],
      ["x[0].typ", "sizeof(((struct ifinfomsg *)0)->ifi_typ)", 4, "none"],
      ["x[0].type", "offsetof(struct ifinfomsg, ifi_type)", 12, "2"],
      ["x[0].type", "sizeof(((struct ifinfomsg *)0)->ifi_type)", 4, "2"],
      ["x[0].flags", "offsetof(struct ifinfomsg, ifi_flags)", 16, "8"],
      ["x[1]", "sizeof(struct no_such_msg)", 1, "none"],
    ]);
  });

  test("what a set leaves out is a gap, unless another set of the same enum has it", () => {
    const one = attrs("one", { c: "IFLA_VLAN_" }, { id: [1, u16], flags: [2, bytes], egressQos: [3, bytes] });
    const other = attrs("other", { c: "IFLA_VLAN_" }, { protocol: [5, bytes] });
    expect(verdict([one, other]).gaps).toEqual({
      attrs: [
        {
          c: "IFLA_VLAN_INGRESS_QOS",
          number: 4,
          header: "linux/if_link.h",
          first: "IFLA_VLAN_UNSPEC",
          path: "x[0]",
        },
      ],
      names: [],
    });
    const alias = attrs("alias", { c: "IFLA_" }, { targetNetnsid: [46, s32] });
    expect(verdict(alias).gaps.attrs.map(({ c }) => c)).not.toContain("IFLA_IF_NETNSID");
    expect(verdict(types).gaps.names.map(({ c }) => c)).toContain("RTN_BLACKHOLE");
  });

  test("an attribute enum that no schema mentions is named", () => {
    const set = attrs("set", { c: "IFLA_VLAN_" }, { id: [1, u16] });
    const { untouched } = verdict(set);
    expect(untouched).toContainEqual({ c: "IFLA_VXLAN_UNSPEC", header: "linux/if_link.h" });
    expect(untouched).toContainEqual({ c: "IFLA_IPTUN_UNSPEC", header: "linux/if_tunnel.h" });
    expect(untouched.map(({ c }) => c)).not.toContain("IFLA_VLAN_UNSPEC");
  });
});
