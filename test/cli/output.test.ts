/** JSON and text in iproute2's exact form. @module */
import { expect, test } from "vitest";
import { compact, pretty } from "../../src/cli/output/json.ts";
import { type Form, Printer } from "../../src/cli/output/printer.ts";

const value = {
  a: 1,
  b: [],
  c: ["x", "y"],
  d: {},
  e: { f: 18446744073709551615n },
  g: [{ h: null }, { i: true }],
  j: 'q"\n',
};

test("on one line; numbers of 64 bits are exact", () => {
  expect(compact(value)).toBe(
    '{"a":1,"b":[],"c":["x","y"],"d":{},"e":{"f":18446744073709551615},"g":[{"h":null},{"i":true}],"j":"q\\"\\n"}',
  );
});
test("pretty, as iproute2 has it", () => {
  // ip -j -p addr of iproute2 6.1.
  const shown = [
    { ifindex: 1, flags: ["LOOPBACK", "UP"], addr_info: [{ family: "inet" }, { family: "inet6" }] },
    { x: [] },
  ];
  expect(pretty(shown)).toBe(`[ {
        "ifindex": 1,
        "flags": [ "LOOPBACK","UP" ],
        "addr_info": [ {
                "family": "inet"
            },{
                "family": "inet6"
            } ]
    },{
        "x": [ ]
    } ]`);
});

test.each<[Form, number, string]>([
  [{}, 0, ""],
  [{}, 2, "a 1\n  b\na 2\n  b\n"],
  [{ oneline: true }, 2, "a 1\\  b\na 2\\  b\n"],
  [{ json: true }, 0, "[]\n"],
  [{ json: true }, 2, '[{"a":1},{"a":2}]\n'],
  [{ json: true, pretty: true }, 0, "[ ]\n"],
  [{ json: true, pretty: true }, 2, '[ {\n        "a": 1\n    },{\n        "a": 2\n    } ]\n'],
  [{ pretty: true }, 1, "a 1\n  b\n"],
])("a list with %o of %i", async (form, count, text) => {
  let written = "";
  const printer = new Printer((chunk) => {
    written += chunk;
  }, form);
  await printer.list((item) => {
    for (let i = 1; i <= count; i++)
      item((out) => {
        out.put("a", i, `a ${i}\n`);
        out.say("  b\n");
      });
  });
  expect(written).toBe(text);
});
