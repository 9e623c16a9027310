import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type DecodedMessage, decodeMessage } from "../../../src/codec/decode-message.ts";
import { summarize } from "../../../src/codec/explain/summary.ts";
import { Families } from "../../../src/codec/genetlink/families.ts";

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
interface Row {
  readonly command: string;
  readonly protocol: number;
  readonly hex: string;
}
/** All captured messages of a noun in one line each. */
const linesOf = (noun: string): string[] => {
  const file = join(import.meta.dirname, `../../../fixtures/${noun}.json`);
  const rows: Row[] = JSON.parse(readFileSync(file, "utf8"));
  return rows.map(({ protocol, hex }) =>
    summarize(decodeMessage(protocol, bytesOf(hex), "little"), { protocol, order: "little" }),
  );
};

test.each<[noun: string, ...lines: string[]]>([
  ["address", "newaddr 192.0.2.1/24 dev 2 scope global permanent", "getaddr dump"],
  [
    "link",
    "newlink 17: veth2 up state up mtu 1500 link 16 lladdr 02:00:00:00:02:00",
    "newlink rmnet0 kind rmnet link 17",
  ],
  [
    "route",
    "newroute local 127.0.0.1 dev 1 table local proto kernel src 127.0.0.1",
    "newroute throw 10.20.0.0/16 table 77 proto boot",
    "getroute dump table local",
  ],
  [
    "neighbor",
    "newneigh 192.0.2.14 dev 13 lladdr 02:00:00:00:aa:14 noarp",
    "error setneightbl: ENOENT (No such file or directory)",
  ],
  ["rule", "newrule 1005: from all iif lo lookup 102", "delrule 1000:", "newrule 1014: from 10.0.0.0/8 blackhole"],
  ["nexthop", "newnexthop id 5 blackhole", "newnexthop id 30 group 1/2", "getnexthop dump"],
  [
    "tc-qdisc",
    "newqdisc codel 1: dev 2 root limit 100 target 4ms ce_threshold 2ms interval 60ms ecn",
    "newqdisc skbprio 1: dev 2 root limit 100",
  ],
  ["tc-filter", "newtfilter flow pref 5 protocol ip dev 2 parent 1: map keys dst divisor 16"],
  ["tc-action", "newaction action gact index 10", "getaction dump action connmark"],
  [
    "sockdiag",
    "socket inet established 127.0.0.1:1001 127.0.0.1:44316 inode 277",
    "socket inet6 close [::]:2003 [::]:0 inode 1390",
  ],
  [
    "nsid",
    "ack newlink",
    'error newnsid: EINVAL (Invalid argument) "Peer netns reference is missing"',
    "newnsid nsid 9 fd 6",
  ],
  [
    "xfrm",
    "newsa src 10.0.0.1 dst 10.0.0.2 proto ah spi 0x103 mode transport",
    "expire hard src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x300 mode tunnel",
    "newpolicy src 10.2.0.0/16 dst 10.1.0.0/16 dir fwd action block",
    "getsa dump proto ah",
    "flushsa proto comp",
  ],
  ["mdb", "newmdb family bridge ifindex 11 mdb {…}"],
])("%s", (noun, ...expected) => {
  const lines = linesOf(noun);
  for (const line of expected) expect(lines).toContain(line);
  for (const line of lines) {
    expect(line).not.toMatch(/undefined|\[object|NaN|\n| {2}/);
  }
});

const line = (hex: string, options = {}, more: Partial<DecodedMessage> = {}) =>
  summarize({ ...decodeMessage(0, bytesOf(hex), "little"), ...more } as DecodedMessage, {
    order: "little",
    ...options,
  });
const newaddr = "28000000140005060100000000000000021800000300000008000200" + "0a000001" + "080001000a000001";

test("names of devices, where they are known", () => {
  expect(line(newaddr, { deviceName: (index: number) => `eth${index}` })).toBe(
    "newaddr 10.0.0.1/24 dev eth3 scope global",
  );
});

test("a refusal in the request's terms", () => {
  const error = "2c000000020000030100000000000000";
  const hex = `${error}efffffff${newaddr.slice(0, 32)}0800020018000000`;
  expect(line(hex)).toBe("error newaddr: EEXIST (File exists) at byte 24");
  expect(line(hex, {}, { refusal: { code: "EEXIST", attribute: "local" } } as never)).toBe(
    "error newaddr: EEXIST (File exists) at local",
  );
});

test("what is not decoded says why, or how long it is", () => {
  expect(line(`${newaddr.slice(0, 64)}58000100${newaddr.slice(72)}`)).toMatch(
    /^newaddr, not decoded: address at byte 16: an attribute of 88/,
  );
  expect(line(`14000000630000000000000000000000${"0".repeat(8)}`)).toBe("#99, 4 bytes");
});

test("generic netlink by its family", () => {
  const families = new Families({ wireguard: 34 });
  const hex = "1c00000022000103010000000000000000010000" + "08000200776730" + "00";
  const message = decodeMessage(16, bytesOf(hex), "little", families);
  expect(summarize(message, { protocol: 16, families })).toBe("wireguard dump version 1 #2");
});
