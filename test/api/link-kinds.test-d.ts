import { expectTypeOf, test } from "vitest";
import type { KindOptions, KindSettings, SlaveOptions } from "../../src/api/link-kinds.ts";
import type { LinkOf } from "../../src/api/link-read.ts";
import type { LinkChange, LinkOptions } from "../../src/api/link-value.ts";

const options = (o: LinkOptions): LinkOptions => o;

test("what a kind is given is in the user's terms", () => {
  options({ kind: "vlan", link: "eth0", id: 5, protocol: "802.1ad", gvrp: true, egressQos: { 1: 2 } });
  options({ kind: "vxlan", id: 5, dev: 3, remote: "2001:db8::1", portRange: { low: 1, high: 2 }, ageing: "60s" });
  options({ kind: "bond", mode: "802.3ad", miimon: "100ms", arpIpTarget: ["192.0.2.1"], lpIntervalMs: 1000 });
  options({ kind: "bridge", forwardDelayMs: 2000, mcastRouter: "perm", noLinklocalLearn: true });
  options({ kind: "gre", local: "192.0.2.1", key: "0.0.0.5", icsum: true });
  options({ kind: "macvlan", mode: "source", macaddrs: ["02:00:00:00:00:01"], kindFlags: ["nodst"] });
  options({ kind: "sit", sixrdPrefix: "2001:db8::/32" });
  options({ kind: "macsec", link: "eth0", cipherSuite: "gcm-aes-256", validation: "strict" });
  options({ kind: "veth", peer: { name: "veth1", netns: { pid: 1 } } });
  options({ kind: "dummy", inet: { forwarding: true } });
  options({ kind: "can", bittiming: { bitrate: 500_000 }, loopback: true, listenOnly: false });
});

test("what it is not", () => {
  // @ts-expect-error a time as a bare number
  options({ kind: "bridge", forwardDelay: 4 });
  // @ts-expect-error of another kind
  options({ kind: "vlan", vni: 5 });
  // @ts-expect-error of the kind erspan
  options({ kind: "gre", erspanVer: 1 });
  // @ts-expect-error no such mode
  options({ kind: "bond", mode: "best" });
  // @ts-expect-error a switch is true or false
  options({ kind: "vxlan", learning: 1 });
  // @ts-expect-error what the kernel alone knows
  options({ kind: "bridge", bridgeId: { prio: 1, addr: "02:00:00:00:00:01" } });
  // @ts-expect-error a running timer
  options({ kind: "bridge", gcTimerMs: 5 });
  // @ts-expect-error only pairs have peers
  options({ kind: "dummy", peer: { name: "x" } });
  // @ts-expect-error made through /dev/net/tun
  options({ kind: "tun" });
  // @ts-expect-error a port's own state
  const port: SlaveOptions = { kind: "bridge", designatedCost: 5 };
  // @ts-expect-error a kind's setting without the kind
  const change: LinkChange = { vlanFiltering: true };
  expectTypeOf([port, change]).toBeArray();
});

test("what is read", () => {
  type Vlan = LinkOf<"vlan">;
  expectTypeOf<Vlan["kind"]>().toEqualTypeOf<"vlan">();
  expectTypeOf<Vlan["id"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<Vlan["gvrp"]>().toEqualTypeOf<boolean | undefined>();
  expectTypeOf<Vlan["egressQos"]>().toEqualTypeOf<{ [from: number]: number } | undefined>();
  expectTypeOf<KindSettings<"bridge">["ageingTimeMs"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<KindSettings<"bond">["arpIpTarget"]>().toEqualTypeOf<string[] | undefined>();
  expectTypeOf<KindSettings<"vxlan">["dev"]>().toEqualTypeOf<string | number | undefined>();
  expectTypeOf<KindSettings<"vxlan">["remote"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<KindSettings<"ipvlan">["kindFlags"]>().toEqualTypeOf<
    ("private" | "vepa" | `0x${string}`)[] | undefined
  >();
  expectTypeOf<KindSettings<"vxlan">["gbp"]>().toEqualTypeOf<boolean | undefined>();
  expectTypeOf<keyof KindSettings<"gre">>().extract<"iflags" | "oflags" | "key" | "erspanVer">().toBeNever();
  expectTypeOf<keyof KindSettings<"vxlan">>().extract<"group" | "group6" | "local6" | "link">().toBeNever();
  expectTypeOf<keyof KindSettings<"macvlan">>().extract<"macaddrMode" | "macaddrData" | "macaddrCount">().toBeNever();
  expectTypeOf<keyof KindOptions<"tun">>().toBeNever();
  expectTypeOf<KindSettings<"dummy">>().toEqualTypeOf<Record<never, never>>();
});
