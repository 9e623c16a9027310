import { afterEach, expect, test, vi } from "vitest";

const { platform } = process;
afterEach(() => {
  Object.defineProperty(process, "platform", { value: platform });
  vi.restoreAllMocks();
});

test("npm start says where there is no netlink, and shows a capture", async () => {
  Object.defineProperty(process, "platform", { value: "darwin" });
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((...args) => void lines.push(args.join(" ")));
  vi.spyOn(console, "error").mockImplementation((...args) => void lines.push(args.join(" ")));
  await import("../../src/cli/demo.ts");
  await vi.waitFor(() => expect(lines.length).toBeGreaterThan(5));
  const text = lines.join("\n");
  expect(text).toMatch(/^netlink sockets need Linux, and this is darwin/);
  expect(text).toContain("This is a capture instead:");
  expect(text).toMatch(/^\d+: br0 {2}bridge {2}up/m);
  for (const word of ["address ", "route ", "qdisc "]) expect(text).toContain(`\n     ${word}`);
});
