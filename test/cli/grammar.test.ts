/** How lines are read: both spellings, abbreviations, globals anywhere, and what is wrong with the others. @module */
import { describe, expect, test } from "vitest";
import { splitWords } from "../../src/cli/batch.ts";
import { commonGlobals, familyGlobals } from "../../src/cli/globals.ts";
import { address, device, integer, onOff, rest, text } from "../../src/cli/grammar/args.ts";
import { command, group } from "../../src/cli/grammar/command.ts";
import { resolve } from "../../src/cli/grammar/resolve.ts";

const root = group({
  name: "nlink",
  help: "",
  entries: [
    group({
      name: "ip",
      help: "",
      globals: { ...familyGlobals, ...commonGlobals },
      entries: [
        group({
          name: "link",
          help: "",
          otherwise: "show",
          entries: [
            command({
              name: "add",
              help: "",
              options: {
                dev: { short: "d", arg: device, help: "" },
                vlan_filtering: { also: ["vf"], arg: onOff, help: "" },
                stp: { arg: onOff, help: "" },
                id: { arg: integer("ID", 4095), help: "" },
                up: { help: "" },
                down: { key: "up", value: false, help: "" },
                local: { arg: address, help: "" },
                via: { many: true, arg: text("VIA"), help: "" },
              },
              bare: ["dev"],
              run() {},
            }),
            command({ name: "set", help: "", options: { name: { arg: text("N"), help: "" } }, run() {} }),
            command({
              name: "show",
              also: ["list", "lst"],
              help: "",
              options: {
                dev: { arg: device, help: "" },
                dynamic: { abbr: true, help: "" },
                up: { help: "" },
              },
              bare: ["dev"],
              run() {},
            }),
          ],
        }),
        command({
          name: "exec",
          help: "",
          options: { netns: { arg: text("NAME"), help: "" }, command: { arg: rest("COMMAND"), help: "" } },
          bare: ["netns", "command"],
          run() {},
        }),
        command({
          name: "monitor",
          help: "",
          options: { objects: { many: true, arg: text("OBJECT"), help: "" } },
          bare: ["objects"],
          run() {},
        }),
      ],
    }),
  ],
});
const read = async (line: string) => {
  const { path, values, globals } = await resolve(root, splitWords(line));
  return [path.map(({ name }) => name).join(" "), values, globals];
};

describe("lines and what they mean", () => {
  const [add, show] = ["nlink ip link add", "nlink ip link show"];
  test.each<[string, string, object, object?]>([
    ["ip link", show, {}],
    ["ip l", show, {}],
    ["ip link show", show, {}],
    ["ip l sh", show, {}],
    ["ip l l", show, {}],
    ["ip l lst eth0", show, { dev: "eth0" }],
    ["ip l s", "nlink ip link set", {}],
    ["ip link show dev eth0", show, { dev: "eth0" }],
    ["ip link show --dev eth0 up", show, { dev: "eth0", up: true }],
    ["ip link show --dev=eth0", show, { dev: "eth0" }],
    ["ip link show up", show, { up: true }],
    ["ip link show dev up", show, { dev: "up" }],
    ["ip link show dy", show, { dynamic: true }],
    ["ip link show u", show, { dev: "u" }],
    ["ip link show dev eth0 u", show, { dev: "eth0", up: true }],
    ["ip link add eth0 up", add, { dev: "eth0", up: true }],
    ["ip link add -d eth0 --down", add, { dev: "eth0", up: false }],
    ["ip link add br0 --stp --vlan-filtering", add, { dev: "br0", stp: true, vlan_filtering: true }],
    ["ip link add br0 --stp off --vlan_filtering 1", add, { dev: "br0", stp: false, vlan_filtering: true }],
    ["ip link add --stp br0", add, { dev: "br0", stp: true }],
    ["ip link add br0 stp on vlan_filt 0", add, { dev: "br0", stp: true, vlan_filtering: false }],
    ["ip link add br0 id 0x10", add, { dev: "br0", id: 16 }],
    ["ip link add br0 via a via b", add, { dev: "br0", via: ["a", "b"] }],
    ["ip link add br0 via -4", add, { dev: "br0", via: ["-4"] }],
    ["ip -j link", show, {}, { json: true }],
    ["ip link -j", show, {}, { json: true }],
    ["ip link show -j eth0 -p", show, { dev: "eth0" }, { json: true, pretty: true }],
    ["ip -s -s link --stats", show, {}, { statistics: 3 }],
    ["ip -d link show -d", show, {}, { details: 2 }],
    ["ip -br link", show, {}, { brief: true }],
    ["ip -b -", "nlink ip", {}, { batch: "-" }],
    ["ip -o -c link", show, {}, { oneline: true, color: "always" }],
    ["ip -c=never link", show, {}, { color: "never" }],
    ["ip -color auto link", show, {}, { color: "auto" }],
    ["ip -n blue link", show, {}, { netns: "blue" }],
    ["ip link -netns blue", show, {}, { netns: "blue" }],
    ["ip -6 link -4", show, {}, { family: 2 }],
    ["ip -f inet6 link", show, {}, { family: 10 }],
    ["ip -family mpls link", show, {}, { family: 28 }],
    [
      "ip -t -ts monitor link address",
      "nlink ip monitor",
      { objects: ["link", "address"] },
      { timestamp: true, tshort: true },
    ],
    ["ip monitor -j", "nlink ip monitor", {}, { json: true }],
    ["ip exec blue ping -c 1 --help", "nlink ip exec", { netns: "blue", command: ["ping", "-c", "1", "--help"] }],
  ])("%s", async (line, path, values, globals = {}) => {
    expect(await read(line)).toEqual([path, values, globals]);
  });
});

describe("lines that cannot be", () => {
  test.each([
    ["ip nosuch", 1, 'Object "nosuch" is unknown, try "ip help".'],
    ["nosuch", 1, 'Object "nosuch" is unknown, try "nlink help".'],
    ["ip link nosuch", 255, 'Command "nosuch" is unknown, try "ip link help".'],
    ["ip -x link", 255, 'Option "-x" is unknown, try "help".'],
    ["ip link add eth0 --nosuch", 255, 'Option "--nosuch" is unknown, try "help".'],
    ["ip link add eth0 eth1", 255, 'Error: "eth1" is not known here, or one too many. Try option "help"'],
    ["ip link add eth0 id", 255, 'Command line is not complete. Try option "help"'],
    ["ip link add eth0 id 4096", 255, 'Error: argument "4096" is wrong: not an integer from 0 to 4095'],
    ["ip link add eth0 id x", 255, 'Error: argument "x" is wrong: not an integer from 0 to 4095'],
    ["ip link add eth0 id 1 id 2", 255, 'Error: duplicate "id": there is one already'],
    ["ip link add eth0 up down", 255, 'Error: duplicate "down": there is one already'],
    ["ip link add eth0 --up=1", 255, 'Error: "--up=1": up takes no value'],
    ["ip link add eth0 stp maybe", 255, 'Error: argument "maybe" is wrong: must be "on" or "off"'],
    ["ip link add eth0 local 1.2.3.400", 1, 'Error: any valid address is expected rather than "1.2.3.400".'],
    ["ip link add a/b", 255, 'Error: argument "a/b" is wrong: not a valid ifname'],
  ])("%s", async (line, status, message) => {
    await expect(read(line)).rejects.toMatchObject({ name: "CommandError", status, message });
  });
});

test.each([
  ["ip link help", "err"],
  ["ip link --help", "out"],
  ["ip link add help", "err"],
  ["ip link add eth0 --help", "out"],
  ["ip -j help", "err"],
])("%s asks for help", async (line, help) => {
  expect((await resolve(root, splitWords(line))).help).toBe(help);
});

test.each([
  ["link set  lo\tup", ["link", "set", "lo", "up"]],
  ["# nothing", []],
  ["link # the rest", ["link"]],
  [`link set lo alias "two words" # "x"`, ["link", "set", "lo", "alias", "two words"]],
  ["alias 'a \"b\" # c'", ["alias", 'a "b" # c']],
  ['alias ""', ["alias", ""]],
])("words of the line %s", (line, words) => {
  expect(splitWords(line)).toEqual(words);
});
