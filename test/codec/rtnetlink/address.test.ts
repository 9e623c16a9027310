import { describe } from "vitest";
import { address } from "../../../src/codec/rtnetlink/address.ts";
import { RTM } from "../../../src/codec/rtnetlink/types.ts";
import { testCaptured, testGolden } from "./captured.ts";

const { newaddr, deladdr, getaddr, getmulticast, getanycast } = RTM;

describe("addresses", () => {
  testGolden(address, [
    [
      "ip addr add 10.0.1.1/24 brd + dev v0 label v0:1",
      "0218000003000000080002000a0001010900030076303a3100000000080001000a000101080004000a0001ff",
      {
        family: 2,
        prefixlen: 24,
        flags: 0,
        scope: 0,
        index: 3,
        local: "10.0.1.1",
        label: "v0:1",
        address: "10.0.1.1",
        broadcast: "10.0.1.255",
      },
    ],
    [
      "ip addr add 10.9.9.1 peer 10.9.9.2/32 dev v0: address is the other end",
      "0220000003000000080002000a090901080001000a090902",
      { family: 2, prefixlen: 32, flags: 0, scope: 0, index: 3, local: "10.9.9.1", address: "10.9.9.2" },
    ],
    [
      "ip addr add 2001:db8::1/64 dev v0 nodad valid_lft 3600 preferred_lft 1800",
      "0a400200030000001400020020010db80000000000000000000000011400010020010db80000000000000000000000011400060008070000100e00000000000000000000",
      {
        family: 10,
        prefixlen: 64,
        flags: 2,
        scope: 0,
        index: 3,
        local: "2001:db8::1",
        address: "2001:db8::1",
        cacheinfo: { preferred: 1800, valid: 3600, cstamp: 0, tstamp: 0 },
      },
    ],
  ]);
  testCaptured("address", address, [newaddr, deladdr, getaddr, getmulticast, getanycast], {
    atLeast: 100,
    forms: [[/^family 10 \.: (2 )?1 (9 )?6 8( 11)?$/, "inet6_fill_ifaddr: cacheinfo before flags"]],
  });
});
