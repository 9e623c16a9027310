import { describe, expect, test } from "vitest";
import { Batch, type Prepared } from "../../src/api/batch.ts";
import { Channel } from "../../src/api/channel.ts";
import type { Stream } from "../../src/api/dump.ts";
import { late } from "../../src/api/late.ts";
import { OptionError } from "../../src/api/options.ts";
import { netem } from "../../src/index.ts";
import { recorder } from "../support/silent.ts";

class Facet {
  #base = 40; // a facet has private members: a method must be called on itself
  async get(n: number): Promise<number> {
    return this.#base + n;
  }
  stream(...items: number[]): Stream<number> {
    const one = async function* () {
      yield items;
    };
    return { batches: one, [Symbol.asyncIterator]: async function* () {
      yield* items;
    } }; // biome-ignore format: short
  }
  prepare(type: number): Prepared {
    if (type === 0) throw new OptionError("facet.type: 0 is none", "type", "a type");
    return { message: { type, schema: undefined as never, value: {} as never }, operation: () => `request ${type}` };
  }
}
function made() {
  let loads = 0;
  let module: typeof Facet | undefined;
  const load = async () => {
    loads++;
    await new Promise((resolve) => setTimeout(resolve, 5));
    module = Facet;
    return Facet;
  };
  const facet = late(load, (F) => new F(), () => module); // biome-ignore format: short
  return { facet, loads: () => loads };
}

describe("a facet that is loaded when it is first used", () => {
  test("methods wait for it once, and are its own afterwards", async () => {
    const { facet, loads } = made();
    expect(loads()).toBe(0);
    expect(await facet.get(2)).toBe(42);
    expect(await facet.get(3)).toBe(43);
    expect(loads()).toBe(1);
    expect(facet.prepare(5).message.type).toBe(5);
    expect(() => facet.prepare(0)).toThrow("facet.type: 0 is none");
    expect(await Promise.resolve(facet)).toBe(facet); // it is no promise
  });
  test("streams load it when they are read", async () => {
    const { facet, loads } = made();
    const stream = facet.stream(1, 2, 3);
    const again = facet.stream(4, 5);
    expect(loads()).toBe(0);
    const seen: number[] = [];
    for await (const n of stream) seen.push(n);
    for await (const batch of again.batches()) seen.push(...batch);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });
  test("what is prepared is made when it is there; wrong options are said before it is sent", async () => {
    const { facet } = made();
    const [good, bad] = [facet.prepare(7), facet.prepare(0)];
    expect(() => good.message.type).toThrow("sent by a batch");
    await Promise.all([good.ready, bad.ready]);
    expect(good.message.type).toBe(7);
    expect(good.operation()).toBe("request 7");
    expect(() => bad.message.type).toThrow("facet.type: 0 is none");
  });
  test("a batch sends them in order, and a wrong one fails by itself", async () => {
    const { nl, sent } = await recorder();
    const batch = nl.batch();
    batch.add(nl.qdiscs.prepare("add", 3, netem({ delay: "10ms" })));
    batch.add(nl.qdiscs.prepare("add", 3, netem({ delay: "quick" })));
    const results = await batch.send();
    expect(results[0]).toBeUndefined();
    expect(results[1]).toMatchObject({ message: expect.stringContaining('netem.delay: "quick" is not') });
    expect(sent.map(({ type }) => type)).toEqual([36]);
    expect(new Batch(new Channel(nl.channel.transport)).size).toBe(0);
  });
});
