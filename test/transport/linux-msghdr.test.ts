import { describe, expect, test } from "vitest";
import type { Libc } from "../../src/transport/linux/libc.ts";
import {
  createMessageHeader,
  groupOf,
  hasControl,
  nsidOf,
  pointAt,
  rewind,
  senderOf,
} from "../../src/transport/linux/msghdr.ts";

// An address of its own choice instead of the true one: what is checked is arithmetic.
const BASE = 0x7f00_0000_1000n;
const header = createMessageHeader({ addressOf: () => BASE } as unknown as Libc);
const view = new DataView(header.words.buffer);
const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const pointer = (offset: number) => view.getBigUint64(offset, little);

const NAME = Number(pointer(0) - BASE);
const IOVECS = Number(pointer(16) - BASE);
const CONTROL = Number(pointer(32) - BASE);

/** Writes what recvmsg would: control messages of `[level, type, word]`. */
function receive(sender: number, control: [number, number, number][]): void {
  rewind(header);
  view.setUint32(NAME + 4, sender, little);
  control.forEach(([level, type, word], i) => {
    const at = CONTROL + i * 24;
    view.setBigUint64(at, 20n, little);
    view.setInt32(at + 8, level, little);
    view.setInt32(at + 12, type, little);
    view.setUint32(at + 16, word, little);
  });
  view.setBigUint64(40, BigInt(control.length * 24), little);
}

describe("msghdr", () => {
  test("points at its parts, which do not overlap", () => {
    rewind(header);
    const parts = [
      [0, 56],
      [IOVECS, 32],
      [NAME, view.getUint32(8, little)],
      [CONTROL, Number(pointer(40))],
      [view.byteLength, 0],
    ].sort(([a], [b]) => a! - b!);
    for (let i = 1; i < parts.length; i++)
      expect(parts[i - 1]![0]! + parts[i - 1]![1]!).toBeLessThanOrEqual(parts[i]![0]!);
    expect(pointer(24)).toBe(2n); // iovlen
    expect(CONTROL % 8).toBe(0);
  });

  test("receives into two parts", () => {
    pointAt(header, 0, 0x1000n, 10);
    pointAt(header, 1, 0x2000n, 20);
    expect([0, 8, 16, 24].map((at) => pointer(IOVECS + at))).toEqual([0x1000n, 10n, 0x2000n, 20n]);
  });

  test.each<[string, [number, number, number][], number, number | undefined]>([
    ["no control messages", [], 0, undefined],
    ["a group", [[270, 3, 33]], 33, undefined],
    ["a group and a namespace", [[270, 3, 1], [270, 8, 7]], 1, 7], // biome-ignore format: a row
    ["a namespace without id", [[270, 8, 0xffffffff]], 0, -1],
    ["one of another level before", [[1, 3, 99], [270, 3, 5]], 5, undefined], // biome-ignore format: a row
  ])("with %s", (_, control, group, nsid) => {
    receive(0xfedcba98, control);
    expect(senderOf(header)).toBe(0xfedcba98);
    expect(hasControl(header)).toBe(control.length > 0);
    expect(groupOf(header)).toBe(group);
    expect(nsidOf(header)).toBe(nsid);
  });

  test("a control message of no length does not loop", () => {
    receive(0, [[1, 1, 1]]);
    view.setBigUint64(CONTROL, 0n, little);
    view.setBigUint64(40, 48n, little);
    expect(groupOf(header)).toBe(0);
  });
});
