// What ss and the kernel said to each other about sockets of every family.
import { describe, expect, test } from "vitest";
import type { Attrs } from "../../../src/codec/schema/attrs.ts";
import { decode, encode } from "../../../src/codec/schema/engine.ts";
import { compileFilter } from "../../../src/codec/sockdiag/filter/bytecode.ts";
import { parseFilter } from "../../../src/codec/sockdiag/filter/parse.ts";
import { inet6Sockets, inetSockets } from "../../../src/codec/sockdiag/inet.ts";
import { sockDiagMessage } from "../../../src/codec/sockdiag/messages.ts";
import { SOCK_DESTROY, SOCK_DIAG, SOCK_DIAG_BY_FAMILY } from "../../../src/codec/sockdiag/types.ts";
import { CodecError } from "../../../src/codec/wire/error.ts";
import { source } from "../../../src/codec/wire/source.ts";
import { type Captured, captured, formsIn, hexOf, unknownIn } from "../rtnetlink/captured.ts";
import { audit, run } from "./kernel-bytecode.ts";

const messages = captured("sockdiag", [SOCK_DIAG_BY_FAMILY, SOCK_DESTROY], SOCK_DIAG);
const schemaOf = ({ type, flags, payload }: Captured) =>
  sockDiagMessage(type, flags, source(payload), 0, payload.length, true);
const kernel = messages.filter((m) => m.from === "kernel");
const user = messages.filter((m) => m.from === "user");
const value = (m: Captured) => decode(schemaOf(m)!.schema, m.payload, "little") as Record<string, unknown>;

describe.skipIf(messages.length === 0)(`captured sockets${messages.length ? "" : " (skipped: none)"}`, () => {
  test(`${kernel.length} of the kernel's come back byte for byte, and nothing in them is unknown`, () => {
    expect(kernel.length).toBeGreaterThan(300);
    for (const m of kernel) {
      const { schema, name } = schemaOf(m)!;
      expect(name).toBe("socket");
      const decoded = decode(schema, m.payload, "little");
      expect(hexOf(encode(schema, decoded as never, "little")), m.command).toBe(hexOf(m.payload));
      expect(unknownIn(decoded), m.command).toEqual([]);
    }
  });

  test(`${user.length} requests come back byte for byte`, () => {
    expect(user.length).toBeGreaterThan(40);
    for (const m of user) {
      const known = schemaOf(m);
      if (known === undefined || m.payload.length < known.schema.head!.size) {
        expect(m.command).toMatch(/^raw/); // on purpose of no known family
        continue;
      }
      expect(known.name).toBe(m.type === SOCK_DESTROY ? "destroy" : "getsockets");
      const decoded = decode(known.schema, m.payload, "little");
      expect(hexOf(encode(known.schema, decoded as never, "little")), m.command).toBe(hexOf(m.payload));
      expect(unknownIn(decoded), m.command).toEqual([]);
    }
  });

  test("the kernel's order is the schemas'", () => {
    const forms = kernel.flatMap((m) => formsIn(value(m)).map((form) => `${schemaOf(m)!.schema.name} ${form}`));
    expect([...new Set(forms)].sort()).toEqual([]);
  });

  test("every family and state is there, and every attribute that the kernel has occasion to send", () => {
    const families = new Set(kernel.map((m) => value(m).family));
    expect([...families].sort((a, b) => Number(a) - Number(b))).toEqual([1, 2, 10, 16, 17, 40, 44]);
    const tcp = kernel.filter((m) => [inetSockets.tcp, inet6Sockets.tcp].includes(schemaOf(m)!.schema as never));
    const states = new Set(kernel.filter((m) => /^ss -ta/.test(m.command)).map((m) => value(m).state));
    for (const state of [1, 2, 5, 6, 8, 10]) expect(states).toContain(state);
    expect(tcp.length).toBeGreaterThan(30);
    const seen = (schemas: readonly unknown[]) =>
      new Set(kernel.filter((m) => schemas.includes(schemaOf(m)!.schema)).flatMap((m) => Object.keys(value(m))));
    const inet = seen([...Object.values(inetSockets), ...Object.values(inet6Sockets)]);
    const never = Object.keys(inetSockets.tcp.fields).filter((name) => !inet.has(name));
    // Values of socket storage need a BPF program.
    expect(never).toEqual(["skBpfStorages"]);
  });

  test("tcp_info is as long as Linux 6.12 has it, MPTCP's and SCTP's too", () => {
    const lengths = new Map<string, Set<number>>();
    for (const m of kernel) {
      const decoded = value(m);
      if (decoded.info instanceof Uint8Array || typeof decoded.info !== "object" || !("family" in decoded)) continue;
      const name = schemaOf(m)!.schema.name.replace("inet6", "inet");
      if (name.startsWith("inet"))
        lengths.set(name, (lengths.get(name) ?? new Set()).add(Object.keys(decoded.info!).length));
    }
    for (const [name, counts] of lengths) expect(counts.size, name).toBe(1);
    expect([...lengths.keys()].sort()).toEqual(["inetMptcp", "inetSctp", "inetTcp"]);
  });

  // iproute2 gives addresses of no family room for four bytes; else we compile to the same.
  test("the bytecode of ss passes the kernel's audit, and ours does what it does", () => {
    const filters = user.filter((m) => /^ss -[tu]an (?!state|--)/.test(m.command) && value(m).bytecode);
    expect(filters.length).toBeGreaterThan(5);
    const address = (bytes: number[]) => Uint8Array.from(bytes);
    const loopback = address([127, 0, 0, 1]);
    const six = address([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    const mapped = address([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1]);
    for (const m of filters) {
      const theirs = value(m).bytecode as Uint8Array;
      expect(audit(theirs), m.command).toBe(true);
      const text = m.command.replace(/^ss -[tu]an /, "").replaceAll("'", "");
      const ours = compileFilter(parseFilter(text), "little")!;
      for (const [family, ip] of [
        [2, loopback],
        [10, six],
        [10, mapped],
      ] as const)
        for (const port of [1001, 1002, 1024, 1025, 5001, 5002])
          for (const mark of [0, 0x11, 0x111])
            for (const [src, dst] of [
              [port, 40000],
              [40000, port],
            ] as const)
              for (const locked of [false, true]) {
                const s = {
                  family, state: 1, src: { address: ip, port: src }, dst: { address: ip, port: dst }, device: 0, mark, cgroup: 1n,
                }; // biome-ignore format: one socket
                expect(run(ours, s, locked), `${text} ${src} ${dst}`).toBe(run(theirs, s, locked));
              }
    }
  });

  test("any part of a captured message decodes or is refused, and is never read beyond", () => {
    for (const m of messages.filter((_, i) => i % 7 === 0)) {
      for (let n = 0; n < m.payload.length; n += 3) {
        const part = m.payload.slice(0, n);
        const known = schemaOf({ ...m, payload: part });
        if (known === undefined) continue;
        try {
          const again = decode(known.schema as Attrs, part, "little");
          // The last attribute's padding may be missing: it is written.
          expect(hexOf(encode(known.schema as Attrs, again as never, "little")).slice(0, 2 * n)).toBe(hexOf(part));
        } catch (e) {
          if (!(e instanceof CodecError)) throw e;
        }
      }
    }
  });
});
