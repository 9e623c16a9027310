import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isExists, isNotFound } from "../../src/api/errors.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

describe.skipIf(noKernel)(titled("address labels on the live kernel"), () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    await box.nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
  });
  afterAll(() => box?.close());
  const shown = () =>
    box
      .json("addrlabel")
      .map((l) => `${l.address}/${l.prefixlen} ${l.label} ${l.ifname ?? ""}`)
      .sort();

  test("labels are listed as ip lists them, found by address, changed and removed", async () => {
    const { addressLabels } = box.nl;
    const label = { prefix: "2001:db8::/32", label: 99 };
    await addressLabels.add(label);
    await addressLabels.add({ ...label, label: 100, dev: "veth0" });
    const ours = (await addressLabels.list()).map((l) => `${l.prefix} ${l.label} ${l.dev ?? ""}`).sort();
    expect(ours).toEqual(shown());
    expect(ours).toContain("2001:db8::/32 100 veth0");
    expect(await addressLabels.get("2001:db8::1")).toMatchObject(label);
    expect(await addressLabels.get("2001:db8::1", "veth0")).toMatchObject({ ...label, label: 100, dev: "veth0" });
    expect((await addressLabels.list({ dev: "veth0" })).map((l) => l.label)).toEqual([100]);
    const streamed: number[] = [];
    for await (const l of addressLabels.stream({ dev: "veth0" })) streamed.push(l.label);
    expect(streamed).toEqual([100]);
    await expect(addressLabels.add(label)).rejects.toSatisfy(isExists);
    await addressLabels.replace({ ...label, label: 98 });
    expect(await addressLabels.find("2001:db8::1")).toMatchObject({ label: 98 });
    expect(await addressLabels.removeIfExists({ prefix: label.prefix, dev: "veth0" })).toBe(true);
    expect(await addressLabels.removeIfExists({ prefix: label.prefix, dev: "veth0" })).toBe(false);
    await expect(addressLabels.remove({ prefix: label.prefix, dev: "veth0" })).rejects.toSatisfy(isNotFound);
    await expect(addressLabels.add({ ...label, dev: "eth99" })).rejects.toThrow("interface not found: eth99");
    await expect(addressLabels.removeIfExists({ ...label, label: undefined, dev: "eth99" } as never)).rejects.toThrow();
  });

  test("all of them go in one flush, and then an address has none", async () => {
    const { addressLabels } = box.nl;
    const before = (await addressLabels.list()).length;
    expect(await addressLabels.flush()).toBe(before);
    expect(shown()).toEqual([]);
    expect(await addressLabels.find("2001:db8::1")).toBeUndefined();
  });
});
