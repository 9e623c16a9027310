/** `nlink decode` and `nlink explain`: captures and hexadecimal. @module */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readCapture } from "../../src/codec/pcap/capture.ts";
import { cli } from "../support/cli.ts";

const file = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const hex = (noun: string): string[] =>
  (JSON.parse(readFileSync(file(`${noun}.json`), "utf8")) as { hex: string }[]).slice(0, 40).map((row) => row.hex);

describe.each(["x86-64.pcap", "s390x.pcap"])("%s", (name) => {
  const bytes = readFileSync(file(name));
  test("a line a message, from a file and from standard input", async () => {
    let count = 0;
    for await (const record of readCapture(bytes)) if (record.type === "netlink") count += record.messages.length;
    const { code, stdout, stderr } = await cli(["decode", file(name)]);
    expect({ code, stderr, lines: stdout.split("\n").length - 1 }).toEqual({ code: 0, stderr: "", lines: count });
    expect(stdout).toMatch(/^ {3}1 0\.000000 > rtnetlink newlink/);
    expect(stdout).toMatch(/^ {3}\d \d\.\d{6} < rtnetlink error newlink: ENODEV \(No such device\)/m);
    const piped = await cli(["decode", "-"], {
      bytes: (async function* () {
        for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
      })(),
    });
    expect(piped).toEqual({ code, stdout, stderr });
  });
  test("JSON: each message with its value; a tree with -v", async () => {
    const shown = JSON.parse((await cli(["decode", "-j", file(name)])).stdout);
    expect(shown[0]).toMatchObject({
      number: 1,
      direction: "to-kernel",
      protocol: 0,
      name: "newlink",
      flags: ["request", "ack"],
    });
    expect(shown.find((m: { name: string }) => m.name === "error")).toMatchObject({ refusal: { code: "ENODEV" } });
    const { stdout } = await cli(["decode", "-v", file(name)]);
    expect(stdout).toMatch(/^ +16 .*family = unspec \(0\) {2}\(u8\)$/m);
    const deep = JSON.parse((await cli(["decode", "-v", "-j", file(name)])).stdout);
    expect(deep[0].explained).toMatchObject({ offset: 0, length: deep[0].length, parts: expect.any(Array) });
  });
  test("a capture that is cut short: what there is, and where it ends", async () => {
    const { code, stdout, stderr } = await cli(["decode"], {
      bytes: (async function* () {
        yield bytes.subarray(0, 1000);
      })(),
    });
    expect({ code, lines: stdout.split("\n").length > 3, stderr }).toEqual({
      code: 1,
      lines: true,
      stderr: expect.stringMatching(/^-: at byte \d+: the file ends within a packet: \d+ of \d+ bytes\n$/),
    });
  });
});

test.each(["address", "route", "link", "tc-qdisc", "tc-filter"])(
  "hexadecimal of %s.json: a line each",
  async (noun) => {
    const rows = hex(noun);
    const { code, stdout } = await cli(["decode", "--hex", "-"], {
      stdin: (async function* () {
        yield `# comment\n\n${rows.join("\n")}\n`;
      })(),
    });
    expect({ code, lines: stdout.trimEnd().split("\n").length }).toMatchObject({ code: 0 });
    expect(stdout.trimEnd().split("\n").length).toBeGreaterThanOrEqual(rows.length);
    expect(await cli(["decode", "--hex", rows[0]!])).toMatchObject({ code: 0, stdout: `${stdout.split("\n")[0]}\n` });
    expect((await cli(["explain", rows[0]!])).stdout).toMatch(/^ {4}0 .*nlmsghdr {2}\(head\)$/m);
    const [node] = JSON.parse((await cli(["explain", "-j", rows[0]!])).stdout);
    expect(node.length).toBe(rows[0]!.length / 2);
  },
);

test.each<[string[], number, RegExp]>([
  [["decode", "/no/such/file"], 1, /^Cannot open file "\/no\/such\/file" for reading: No such file or directory\n$/],
  [["decode", file("demo.json")], 1, /is no capture/],
  [["decode", "--hex", "zz"], 255, /argument "zz" is wrong: not hexadecimal/],
  [["decode", "--hex", "140"], 255, /not hexadecimal/],
  [["decode", "--hex", "1400"], 1, /16 bytes do not fit in 2/],
  [["explain", "--protocol", "nosuch", "00"], 255, /not rtnetlink, route, sock_diag/],
  [["explain", "1400"], 1, /^$/],
])("%j ends with %i", async (argv, code, stderr) => {
  const ran = await cli(argv);
  expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code, stderr: expect.stringMatching(stderr) });
});
