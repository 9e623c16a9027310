import { describe, expect, test } from "vitest";
import type { AddressLabelOptions } from "../../src/api/address-labels.ts";
import { recorder, silent } from "../support/silent.ts";

describe("address labels: options", () => {
  test.each<[string, AddressLabelOptions, string]>([
    ["a prefix of IPv4", { prefix: "10.0.0.0/8", label: 1 }, "addressLabel.prefix: 10.0.0.0/8 is not a prefix of IPv6"],
    ["host bits", { prefix: "2001:db8::1/32", label: 1 }, "addressLabel.prefix: 2001:db8::1/32 has host bits set"],
    ["no label", { prefix: "::/0" } as never, "addressLabel.label: undefined is not an integer from 0 to 4294967294"],
    ["the reserved label", { prefix: "::/0", label: 0xffffffff }, "addressLabel.label: 4294967295 is not"],
    ["a misspelling", { prefix: "::/0", label: 1, device: 3 } as never, "addressLabel.device: there is no such option"],
  ])("%s is refused before anything is sent", async (_what, options, message) => {
    await expect((await silent()).addressLabels.add(options)).rejects.toThrow(message);
  });
  test("a label is not given for a removal, nor IPv4 asked for", async () => {
    const { addressLabels } = await silent();
    await expect(addressLabels.remove({ prefix: "::/0", label: 1 } as never)).rejects.toThrow("addressLabel.label");
    await expect(addressLabels.get("192.0.2.1")).rejects.toThrow("192.0.2.1 is not an IPv6 address");
  });
  test("bytes of the requests, as of ip addrlabel", async () => {
    const { nl, sent } = await recorder();
    await nl.addressLabels.add({ prefix: "2001:db8::/32", label: 7, dev: 3 });
    await nl.addressLabels.replace({ prefix: "2001:db8::/32", label: 7 });
    await nl.addressLabels.remove({ prefix: "2001:db8::/32", dev: 3 });
    const head = (index: string) => `0a002000${index}00000000000000`;
    const rest = (label: string) => `1400010020010db800000000000000000000000008000200${label}000000`;
    expect(sent).toEqual([
      { type: 72, flags: 0x605, hex: head("03") + rest("07") },
      { type: 72, flags: 0x505, hex: head("00") + rest("07") },
      { type: 73, flags: 0x5, hex: head("03") + rest("00") },
    ]);
  });
});
