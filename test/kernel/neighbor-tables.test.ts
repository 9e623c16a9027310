import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Connection } from "../../src/api/connection.ts";
import { isNotFound } from "../../src/api/errors.ts";
import { noKernel, type Sandbox, sandbox, titled } from "../support/netns.ts";

describe.skipIf(noKernel)(titled("neighbor tables on the live kernel"), () => {
  let box: Sandbox;
  beforeAll(async () => {
    box = await sandbox();
    await box.nl.links.add({ kind: "veth", name: "veth0", peer: { name: "veth1" } });
  });
  afterAll(() => box?.close());

  test("tables and devices are those that ip shows", async () => {
    const tables = await box.nl.neighborTables.list();
    const ours = tables.map((t) => `${t.family} ${t.name} ${t.dev ?? ""} ${t.parameters.baseReachableTimeMs}`);
    const theirs = box.json("ntable").map((t) => `${t.family} ${t.name} ${t.dev ?? ""} ${t.base_reachable}`);
    expect(ours.sort()).toEqual(theirs.sort());
    expect(ours).toContain("inet arp_cache veth0 30000");
    const [arp] = box.json("ntable").filter((t) => t.name === "arp_cache" && t.dev === undefined);
    const { message: _, ...table } = await box.nl.neighborTables.get("arp_cache");
    expect(table).toMatchObject({
      family: "inet",
      thresh1: arp?.thresh1,
      thresh2: arp?.thresh2,
      thresh3: arp?.thresh3,
      gcIntervalMs: arp?.gc_interval,
      config: { keyLen: 4 },
    });
    expect(Object.keys(table.stats ?? {})).toContain("hits");
    expect((await box.nl.neighborTables.list({ family: "inet6" })).every((t) => t.name === "ndisc_cache")).toBe(true);
  });

  test("every parameter of a device can be set and reads back", async () => {
    const { neighborTables } = box.nl;
    const settings = {
      queueLenbytes: 100_000,
      proxyQlen: 33,
      appProbes: 2,
      ucastProbes: 5,
      mcastProbes: 6,
      mcastReprobes: 7,
      baseReachableTimeMs: 60_000,
      gcStaletimeMs: 70_000,
      delayProbeTimeMs: 8_000,
      retransTimeMs: 900,
      anycastDelayMs: 500,
      proxyDelayMs: 600,
      locktimeMs: 700,
      intervalProbeTimeMs: 6_000,
    };
    const other = await neighborTables.get("arp_cache", "veth1");
    await neighborTables.set("arp_cache", settings, "veth0");
    expect((await neighborTables.get("arp_cache", "veth0")).parameters).toMatchObject(settings);
    expect((await neighborTables.get("arp_cache", "veth1")).parameters.ucastProbes).toBe(other.parameters.ucastProbes);
    await neighborTables.set("arp_cache", { delayProbeTime: "2.5s" }, "veth0");
    expect((await neighborTables.get("arp_cache", "veth0")).parameters.delayProbeTimeMs).toBe(2500);
  });

  test("defaults and thresholds are the initial namespace's", async () => {
    const { neighborTables } = box.nl;
    await expect(neighborTables.set("arp_cache", { ucastProbes: 5 })).rejects.toSatisfy(isNotFound);
    const initial = await Connection.open(); // that of the tests: no container runs them
    try {
      const { thresh1, parameters } = await initial.neighborTables.get("arp_cache");
      await initial.neighborTables.set("arp_cache", { thresh1: thresh1!, ucastProbes: parameters.ucastProbes! });
    } finally {
      initial.close();
    }
  });

  test("a table or device that there is not", async () => {
    const { neighborTables } = box.nl;
    expect(await neighborTables.find("nd_cache")).toBeUndefined();
    await expect(neighborTables.get("nd_cache")).rejects.toThrow("get neighbor table nd_cache: No such file");
    await expect(neighborTables.set("nd_cache", { ucastProbes: 5 })).rejects.toSatisfy(isNotFound);
    await expect(neighborTables.set("arp_cache", { ucastProbes: 5 }, "eth99")).rejects.toThrow(
      "interface not found: eth99",
    );
  });
});
