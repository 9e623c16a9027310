/** Captures in a browser: the same as here. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Chromium, installed } from "./chromium.ts";
import { decodeCapture } from "./decode.ts";

const captures = ["x86-64.pcap", "s390x.pcap"].map(
  (name) => [name, readFileSync(join(import.meta.dirname, "../../fixtures", name))] as const,
);

/** The bundle for a page: the text of a script that defines `decode(base64, how)`. */
async function bundle(): Promise<string> {
  const contents = `
    import { decodeCapture } from "./decode.ts";
    const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    globalThis.decode = async (base64, how) => {
      const bytes = bytesOf(base64);
      if (how === "bytes") return decodeCapture(bytes);
      return decodeCapture(new Blob([bytes]).stream());
    };
    // In a worker: the same script again.
    if (typeof document === "undefined")
      onmessage = async ({ data }) => postMessage(await decodeCapture(data));
  `;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: "js" },
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "chrome120",
    minify: true,
  });
  return outputFiles[0]!.text;
}

describe.skipIf(!installed)(`in Chromium${installed ? "" : " (skipped: chromium is not installed)"}`, () => {
  let browser: Chromium;
  let script: string;
  beforeAll(async () => {
    script = await bundle();
    browser = await Chromium.start();
    await browser.run(`${script}; undefined`);
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

  test("the bundle is small enough for a page, and needs nothing of Node's", () => {
    expect(script.length).toBeLessThan(700_000);
    expect(/["']node:|\brequire\(|\bprocess\.|\bBuffer\./.exec(script)?.[0]).toBeUndefined();
  });

  describe.each(captures)("%s", (_name, file) => {
    const base64 = JSON.stringify(file.toString("base64"));
    let here: unknown[];
    beforeAll(async () => {
      here = JSON.parse(await decodeCapture(file));
    });

    test("is decoded to the same", async () => {
      expect(here.length).toBeGreaterThan(100);
      expect(JSON.parse((await browser.run(`decode(${base64}, "bytes")`)) as string)).toEqual(here);
    });
    test("comes as a stream", async () => {
      expect(JSON.parse((await browser.run(`decode(${base64}, "stream")`)) as string)).toEqual(here);
    });
    test("is decoded in a worker", async () => {
      const inWorker = `new Promise((resolve, reject) => {
        const worker = new Worker(URL.createObjectURL(new Blob([${JSON.stringify(script)}])));
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (e) => reject(new Error(e.message));
        worker.postMessage(Uint8Array.from(atob(${base64}), (c) => c.charCodeAt(0)));
      })`;
      expect(JSON.parse((await browser.run(inWorker)) as string)).toEqual(here);
    });
  });

  test("errors arrive as they are", async () => {
    const error = browser.run(`decode(btoa("no capture"), "bytes")`);
    await expect(error).rejects.toThrow(
      "capture at byte 0: is no capture: neither pcap nor pcapng begins with 0x6e6f2063",
    );
  });
});
