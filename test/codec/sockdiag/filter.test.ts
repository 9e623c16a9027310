import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileFilter } from "../../../src/codec/sockdiag/filter/bytecode.ts";
import { FilterError } from "../../../src/codec/sockdiag/filter/error.ts";
import type { Expression } from "../../../src/codec/sockdiag/filter/expression.ts";
import { matcher, type Subject } from "../../../src/codec/sockdiag/filter/match.ts";
import { parseFilter } from "../../../src/codec/sockdiag/filter/parse.ts";
import { planFilter, statesOf } from "../../../src/codec/sockdiag/filter/plan.ts";
import { parseIp } from "../../../src/codec/wire/ip.ts";
import { filters, subjects, textOf, world } from "./filters.ts";
import { audit, run } from "./kernel-bytecode.ts";

/** An expression in the test's shorthand. */
function brief(e: Expression): string {
  switch (e.kind) {
    case "and":
    case "or":
      return `${e.kind}(${e.items.map(brief).join(", ")})`;
    case "not":
      return `not(${brief(e.item)})`;
    case "host": {
      const { prefix, ...host } = e.host as { prefix?: { bytes: Uint8Array; length: number } };
      const rest = JSON.stringify(host).replaceAll('"', "");
      return `${e.side}${prefix ? `[${[...prefix.bytes].join(".")}/${prefix.length}]` : ""}${rest === "{}" ? "" : rest}`;
    }
    case "port":
      return `${e.side}.port ${e.op} ${e.port}`;
    case "device":
      return `dev ${e.device}`;
    case "mark":
      return `mark ${e.mark}/${e.mask}`;
    case "cgroup":
      return `cgroup ${e.cgroup}`;
    case "state":
      return `state ${e.states.toString(2)}`;
    default:
      return e.kind === "constant" ? String(e.value) : e.kind;
  }
}

describe("parseFilter", () => {
  test.each([
    ["", "true"],
    ["sport = :22", "src{port:22}"],
    ["sport == 22", "src{port:22}"],
    ["sport eq ssh", "src{port:22}"],
    ["sport :ssh", "src{port:22}"],
    ["dport=:443", "dst{port:443}"],
    ["dport != 443", "not(dst{port:443})"],
    ["dport neq 443", "not(dst{port:443})"],
    ["dport ne :https", "not(dst{port:443})"],
    ["dport >= 1024", "dst.port ge 1024"],
    ["dport geq :1024", "dst.port ge 1024"],
    ["dport ge 1024", "dst.port ge 1024"],
    ["dport <= 1024", "dst.port le 1024"],
    ["dport leq 1024", "dst.port le 1024"],
    ["dport le 1024", "dst.port le 1024"],
    ["dport > 1024", "not(dst.port le 1024)"],
    ["dport gt 1024", "not(dst.port le 1024)"],
    ["dport<1024", "not(dst.port ge 1024)"],
    ["dport lt 1024", "not(dst.port ge 1024)"],
    ["sport = inet:22", "src{family:inet,port:22}"],
    ["sport = inet6::22", "src{family:inet6,port:22}"],
    ["src 10.0.0.1", "src[10.0.0.1/32]"],
    ["src = 10.0.0.0/8", "src[10.0.0.0/8]"],
    ["src eq 10/8", "src[10.0.0.0/8]"],
    ["dst 193.233.7/24", "dst[193.233.7.0/24]"],
    ["dst 10.0.0.0/8:80", "dst[10.0.0.0/8]{port:80}"],
    ["dst != 10.0.0.1:http", "not(dst[10.0.0.1/32]{port:80})"],
    ["dst [::1]:80", "dst[0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1/128]{port:80}"],
    ["dst [::1/64]:80", "dst[0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1/64]{port:80}"],
    ["dst [::]/0", "dst[0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0/0]"],
    ["dst ::1", "dst[0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1/128]"],
    ["dst 2001:db8::/32", "dst[32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.0/32]"],
    ["dst inet6:[::1]:80", "dst[0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1/128]{family:inet6,port:80}"],
    ["src *:22", "src{port:22}"],
    ["src *", "src"],
    ["src :22", "src{port:22}"],
    ["src inet:*", "src{family:inet}"],
    ["src unix:/run/*", "src{family:unix,pattern:/run/*}"],
    ["src /tmp/.X11-unix/*", "src{family:unix,pattern:/tmp/.X11-unix/*}"],
    ["dst @abstract", "dst{family:unix,pattern:@abstract}"],
    ['src unix:"/with blank (1)"', "src{family:unix,pattern:/with blank (1)}"],
    ["src unix:/a\\ b", "src{family:unix,pattern:/a b}"],
    ["src unix:/[!a]*", "src{family:unix,pattern:/[!a]*}"],
    ["src netlink:rtnl:kernel", "src{family:netlink,protocol:0,port:0}"],
    ["src netlink:genl", "src{family:netlink,protocol:16}"],
    ["sport = netlink:1234", "src{family:netlink,port:1234}"],
    ["src link:ip:eth0", "src{family:packet,protocol:2048,port:eth0}"],
    ["src link:ARP:3", "src{family:packet,protocol:2054,port:3}"],
    ["src link:*:*", "src{family:packet}"],
    ["src vsock:2:1024", "src{family:vsock,cid:2,port:1024}"],
    ["dport = vsock:22", "dst{family:vsock,port:22}"],
    ["dev eth0", "dev eth0"],
    ["dev != 3", "not(dev 3)"],
    ["dev = le", "dev le"],
    ["fwmark 1", "mark 1/4294967295"],
    ["fwmark = 0x01/0x03", "mark 1/3"],
    ["fwmark != 0xff", "not(mark 255/4294967295)"],
    ["cgroup /user.slice", "cgroup /user.slice"],
    ["cgroup != /", "not(cgroup /)"],
    ["autobound", "autobound"],
    ["state established", "state 10"],
    ["state = listening", "state 10000000000"],
    ["exclude listening", "not(state 10000000000)"],
    ["exclude != listening", "state 10000000000"],
    ["state != time-wait", "not(state 1000000)"],
    ["state bucket", "state 1000001001000"],
    ["not not autobound", "autobound"],
    ["! sport = :22", "not(src{port:22})"],
    // Words by hand, as ss's manual has the precedence.
    ["sport 1 or sport 2 and sport 3", "or(src{port:1}, and(src{port:2}, src{port:3}))"],
    ["sport 1 | sport 2 & sport 3", "or(src{port:1}, and(src{port:2}, src{port:3}))"],
    ["sport 1 || sport 2 && not sport 3", "or(src{port:1}, and(src{port:2}, not(src{port:3})))"],
    ["sport 1 or sport 2 sport 3", "or(src{port:1}, and(src{port:2}, src{port:3}))"],
    ["not sport 1 sport 2", "and(not(src{port:1}), src{port:2})"],
    ["(sport=1||sport=2)&&dport=3", "and(or(src{port:1}, src{port:2}), dst{port:3})"],
    ["not(sport 1)", "not(src{port:1})"],
    ["sport 1 ( dport 2 or dport 3 )", "and(src{port:1}, or(dst{port:2}, dst{port:3}))"],
    [
      "dport = :443 and (src 10.0.0.0/8 or not state listening)",
      "and(dst{port:443}, or(src[10.0.0.0/8], not(state 10000000000)))",
    ],
  ])("%s", (text, expected) => {
    expect(brief(parseFilter(text))).toBe(expected);
  });

  test.each([
    ["sport = :22 and", 15, "", /one of src, dst/],
    ["sport", 5, "", /a port/],
    ["sport = :nosuch", 8, ":nosuch", /0 to 65535 or the name of a service/],
    ["sport = :65536", 8, ":65536", /0 to 65535/],
    ["sport = -1", 8, "-1", /0 to 65535/],
    ["sport > *", 8, "*", /number of a port/],
    ["src 10.0.0.0/33", 4, "10.0.0.0/33", /an IP address or prefix/],
    ["src 10.0.0", 4, "10.0.0", /an IP address/],
    ["src localhost", 4, "localhost", /an IP address/],
    ["src [::1", 4, "[::1", /an IP address/],
    ["src inet:::1", 4, "inet:::1", /IPv4/],
    ["src inet6:10.0.0.1", 4, "inet6:10.0.0.1", /IPv6/],
    ["src < 10.0.0.1", 4, "<", /"=", "!=" or an address/],
    ["src", 3, "", /an address/],
    ["(sport = 1", 10, "", /"\)"/],
    ["sport = 1)", 9, ")", /the end/],
    ["sport = 1 foo", 10, "foo", /one of src/],
    ["foo", 0, "foo", /one of src, dst, sport/],
    ["not", 3, "", /one of src/],
    ["and sport 1", 0, "and", /one of src/],
    ["state nosuch", 6, "nosuch", /one of .*established/],
    ["state toString", 6, "toString", /one of/],
    ["state", 5, "", /one of/],
    ["dev", 3, "", /a device/],
    ["dev > 3", 4, ">", /"=", "!="/],
    ["fwmark = x", 9, "x", /MARK\/MASK/],
    ["fwmark = 1/2/3", 9, "1/2/3", /MARK\/MASK/],
    ["fwmark = 0x100000000", 9, "0x100000000", /MARK\/MASK/],
    ["cgroup", 6, "", /cgroup/],
    ["src netlink:nosuch", 4, "netlink:nosuch", /netlink protocol/],
    ["src netlink:rtnl:x", 4, "netlink:rtnl:x", /port id/],
    ["src link:nosuch", 4, "link:nosuch", /Ethernet/],
    ["src vsock:x", 4, "vsock:x", /context id/],
    ["sport = unix:/x", 8, "unix:/x", /unix addresses have none/],
    ['src "/x', 7, "", /closing "/],
    ["sport = 1 or or sport = 2", 13, "or", /one of src/],
    ["()", 1, ")", /one of src/],
    ["(".repeat(300), 201, "(", /no more than 200 levels/],
  ])("%s: an error with its place", (text, position, found, expected) => {
    let error: unknown;
    try {
      parseFilter(text);
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(FilterError);
    const e = error as FilterError;
    expect([e.position, e.found, e.expression]).toEqual([position, found, text]);
    expect(e.expected).toMatch(expected);
    expect(e.message).toContain(`at ${position}: expected`);
  });

  test("any text: an expression or a FilterError", () => {
    const word = fc.constantFrom(
      ..."src dst sport dport dev fwmark cgroup autobound state exclude not and or ( ) ! = == != < > <= >= & | :22 10.0.0.0/8 [::1]:80 * eth0 listening unix:/x netlink:rtnl".split(
        " ",
      ),
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(fc.oneof(word, fc.string({ maxLength: 4 })), { maxLength: 12 }).map((w) => w.join(" ")),
    );
    fc.assert(
      fc.property(text, (t) => {
        try {
          parseFilter(t);
        } catch (e) {
          if (!(e instanceof FilterError)) throw e;
          expect(e.position).toBeLessThanOrEqual(t.length);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("what is written as ss has it reads back as it was", () => {
    const some = filters(world, ["host", "port", "device", "mark"]);
    fc.assert(
      fc.property(some, fc.array(subjects(world), { minLength: 20, maxLength: 20 }), (e, sockets) => {
        const again = matcher(parseFilter(textOf(e)));
        const first = matcher(e);
        for (const s of sockets) expect(again(s)).toBe(first(s));
      }),
    );
  });
});

describe("bytecode", () => {
  const hex = (e: Expression) => Buffer.from(compileFilter(e, "little")!).toString("hex");
  test.each([
    ["sport = :80", "070c1000" + "00000000" + "50000000"],
    ["dport >= 1024", "04080c00" + "00000004"],
    ["dport > 1024", "05080c00" + "00000004" + "01040800"],
    ["src 10.0.0.0/8", "07101400" + "02080000" + "ffffffff" + "0a000000"],
    ["dst [::1]:22", "081c2000" + "0a800000" + "16000000" + "00000000000000000000000000000001"],
    ["dev 7", "09080c00" + "07000000"],
    ["fwmark 1/3", "0a0c1000" + "01000000" + "03000000"],
    ["autobound", "06040800"],
    ["sport 1 sport 2", "070c1c00" + "00000000" + "01000000" + "070c1000" + "00000000" + "02000000"],
    ["sport 1 or sport 2", "070c1000" + "00000000" + "01000000" + "01041000" + "070c1000" + "00000000" + "02000000"],
  ])("%s", (text, code) => {
    expect(hex(parseFilter(text))).toBe(code);
  });
  test("cgroups", () => {
    expect(hex({ kind: "cgroup", cgroup: 0x123n })).toBe("0d0c1000" + "2301000000000000");
  });
  test("in the byte order of the host", () => {
    expect(Buffer.from(compileFilter(parseFilter("sport >= 256"), "big")!).toString("hex")).toBe(
      "0208000c" + "00000100",
    );
  });

  test("passes the kernel's audit, and accepts exactly what the local filter does", () => {
    const some = filters(world, ["host", "port", "device", "mark", "cgroup", "other"]);
    fc.assert(
      fc.property(some, fc.array(subjects(world), { minLength: 30, maxLength: 30 }), (e, sockets) => {
        const code = compileFilter(e, "little")!;
        expect(audit(code)).toBe(true);
        const local = matcher(e);
        for (const s of sockets) expect(run(code, s)).toBe(local(s));
      }),
      { numRuns: 3000 },
    );
  });

  test("what is too long for a jump is not compiled", () => {
    const items = Array.from({ length: 6000 }, (_, port) => parseFilter(`sport = ${port}`));
    expect(compileFilter({ kind: "or", items })).toBeUndefined();
    expect(compileFilter({ kind: "or", items: items.slice(0, 4000) })?.length).toBe(4000 * 16 - 4);
    expect(audit(compileFilter({ kind: "or", items: items.slice(0, 4000) }, "little")!)).toBe(true);
  });

  test("names and states are to be replaced first", () => {
    expect(() => compileFilter(parseFilter("dev eth0"))).toThrow(/eth0/);
    expect(() => compileFilter(parseFilter("cgroup /x"))).toThrow(/\/x/);
    expect(() => compileFilter(parseFilter("state listening"))).toThrow(/states/);
  });
});

describe("plan", () => {
  const plan = (text: string) => planFilter(parseFilter(text)).map((q) => [q.states.toString(2), brief(q.filter)]);
  test.each([
    ["sport = 1", [["11111111111110", "src{port:1}"]]],
    ["state listening and sport = 1", [["10000000000", "src{port:1}"]]],
    ["state listening or state established", [["10000000010", "true"]]],
    ["state listening and state established", []],
    ["sport = 1 and not sport = 1 and state closed", [["10000000", "and(src{port:1}, not(src{port:1}))"]]],
    // One dump of what passes in any state, and each looked at again.
    ["state listening or sport = 1", [["11111111111110", "true"]]],
    [
      "state listening and sport = 2 or state established and sport = 1",
      [["10000000010", "or(src{port:1}, src{port:2})"]],
    ],
    // Only the kernel knows what is autobound: it has to decide.
    [
      "state listening or autobound",
      [
        ["11101111111110", "autobound"],
        ["10000000000", "true"],
      ],
    ],
    ["state listening and autobound", [["10000000000", "autobound"]]],
  ])("%s", (text, expected) => {
    expect(plan(text)).toEqual(expected);
  });

  test("a plan's dumps hold all that the filter does, and with bytecode and states no dump goes wrong", () => {
    const some = filters(world, ["host", "port", "device", "state", "mark", "other"]);
    fc.assert(
      fc.property(some, fc.array(subjects(world), { minLength: 30, maxLength: 30 }), (e, sockets) => {
        const local = matcher(e);
        const queries = planFilter(e).map((q) => ({ ...q, code: compileFilter(q.filter, "little")! }));
        for (const s of sockets) {
          const told = queries.filter((q) => (q.states & (1 << s.state)) !== 0 && run(q.code, s)).length;
          if (local(s)) expect(told).toBe(1);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("what autobound is asked in every state is exact by itself", () => {
    const some = filters(world, ["port", "state"]);
    const socket = fc.tuple(subjects(world), fc.boolean());
    fc.assert(
      fc.property(some, some, fc.boolean(), fc.array(socket, { minLength: 30 }), (a, b, or, sockets) => {
        const e: Expression = {
          kind: or ? "or" : "and",
          items: [a, { kind: "and", items: [{ kind: "autobound" }, b] }],
        };
        for (const [s, locked] of sockets) {
          const inB = !locked && matcher(b)(s);
          const expected = or ? matcher(a)(s) || inB : matcher(a)(s) && inB;
          const told = planFilter(e).filter(
            (q) => (q.states & (1 << s.state)) !== 0 && run(compileFilter(q.filter, "little")!, s, locked),
          );
          expect(told.length).toBe(expected ? 1 : 0);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("states of a filter", () => {
    expect(statesOf(parseFilter("state listening or state closed and sport 1"))).toBe((1 << 10) | (1 << 7));
  });
});

describe("the local filter of other families", () => {
  const base = { state: 7, device: 0, mark: undefined, cgroup: undefined, src: {}, dst: {} };
  const unix = (name?: string, peer?: string): Subject => ({ ...base, family: 1, src: { name }, dst: { name: peer } });
  const netlink = (protocol: number, port: number): Subject => ({ ...base, family: 16, src: { protocol, port } });
  const packet = (protocol: number, port: number): Subject => ({
    ...base,
    family: 17,
    device: port,
    src: { protocol, port },
  });
  const vsock = (cid: number, port: number): Subject => ({
    ...base,
    family: 40,
    src: { cid, port },
    dst: { cid: 2, port: 9 },
  });
  const inet: Subject = {
    ...base,
    family: 2,
    src: { address: parseIp("10.0.0.1")!, port: 1 },
    dst: { address: parseIp("10.0.0.2")!, port: 2 },
  };
  test.each([
    ["src unix:/run/*", unix("/run/x/y"), true],
    ["src unix:/RUN/?", unix("/run/x"), true],
    ["src unix:/run/[a-c]", unix("/run/b"), true],
    ["src unix:/run/[!a-c]", unix("/run/b"), false],
    ["src unix:/run/[^a]", unix("/run/b"), true],
    ["src unix:/run/[z-a]", unix("/run/b"), false],
    ["src unix:/a.b", unix("/axb"), false],
    ["src unix:*", unix(), true],
    ["src unix:/x", unix(), false],
    ["src @name", unix("@name"), true],
    ["dst /peer", unix("/x", "/peer"), true],
    ["src unix:*", inet, false],
    ["autobound", unix(), true],
    ["autobound", unix("@0001f"), true],
    ["autobound", unix("@zzzzz"), false],
    ["autobound", unix("/x"), false],
    ["src netlink:rtnl", netlink(0, 5), true],
    ["src netlink:rtnl:5", netlink(0, 5), true],
    ["src netlink:rtnl:kernel", netlink(0, 5), false],
    ["src netlink:*:kernel", netlink(4, 0), true],
    ["sport > 100", netlink(0, 101), true],
    ["autobound", netlink(0, 0xfffff000), true],
    ["autobound", netlink(0, 77), false],
    ["src link:arp", packet(0x806, 0), true],
    ["src link:arp:3", packet(0x806, 2), false],
    ["dev = 2", packet(3, 2), true],
    ["autobound", packet(0, 0), true],
    ["src vsock:3:22", vsock(3, 22), true],
    ["dst vsock:2", vsock(3, 22), true],
    ["src vsock:4", vsock(3, 22), false],
    ["autobound", vsock(3, 1024), true],
    ["autobound", vsock(3, 1023), false],
    ["src 10.0.0.0/8", vsock(3, 1), false],
    ["autobound", inet, undefined],
    ["autobound or sport = 1", inet, true],
    ["autobound and sport = 1", inet, undefined],
    ["not autobound and sport = 2", inet, false],
    ["fwmark = 1", inet, undefined],
    ["state closed", inet, true],
  ] as const)("%s", (text, socket, expected) => {
    expect(matcher(parseFilter(text))(socket)).toBe(expected);
  });
});
