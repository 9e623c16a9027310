/** `--virtual FILE`: lines run on a kernel in memory, whose state is kept in a file. @module */
import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { SavedKernelError, VirtualKernel } from "../transport/virtual/index.ts";
import { Sockets } from "./context.ts";
import { failure } from "./failure.ts";
import type { Io } from "./io.ts";

/** Runs lines on the kernel in `file`, or on a fresh one where it is empty; what they change is in the file when this ends. */
export async function onVirtualKernel(
  file: string,
  io: Io,
  run: (io: Io, sockets: Sockets) => Promise<number>,
): Promise<number> {
  const { kernel, save } = file === "" ? { kernel: new VirtualKernel(), save: undefined } : kept(resolve(io.cwd, file));
  const own: Io = {
    ...io,
    virtual: file,
    netns: undefined,
    open({ protocol, netns, receiveBufferSize }) {
      if (protocol !== 0) throw failure("A virtual kernel speaks rtnetlink only: it has no sockets and no IPsec.");
      return kernel.open({ netns, receiveBufferSize });
    },
    namespaces: {
      list: () => kernel.listNetns(),
      create: (name) => kernel.createNetns(name),
      remove: (name) => kernel.deleteNetns(name),
    },
    save,
  };
  const sockets = new Sockets(own);
  try {
    const status = await run(own, sockets);
    save?.();
    return status;
  } finally {
    sockets.close();
  }
}

/** A kernel that lives in a file. Between two runs time passes for it, too: since the file was written. */
function kept(path: string): { readonly kernel: VirtualKernel; save(): void } {
  const found = read(path);
  let kernel: VirtualKernel;
  try {
    kernel = found ? VirtualKernel.load(JSON.parse(found.text)) : new VirtualKernel();
  } catch (e) {
    const reason = e instanceof SavedKernelError ? e.reason : `not JSON: ${(e as Error).message}`;
    throw failure(`Cannot use "${path}" as a virtual kernel: ${reason}`);
  }
  if (found) kernel.advance(Math.max(0, Date.now() - found.at));
  const text = () => JSON.stringify(kernel.save());
  // Time passes in any case: that alone is not worth a write.
  const essence = (saved: string) => saved.replace(/"now":[\d.e+]+/, "");
  let last = found ? essence(text()) : undefined;
  let written = found?.text;
  return {
    kernel,
    save() {
      const now = text();
      if (essence(now) === last) return;
      if (read(path)?.text !== written) throw failure(`Cannot write "${path}": another has changed it meanwhile`);
      const beside = `${path}.${randomBytes(4).toString("hex")}`;
      try {
        writeFileSync(beside, `${now}\n`, { flag: "wx" });
        renameSync(beside, path);
      } catch (e) {
        rmSync(beside, { force: true });
        throw failure(`Cannot write "${path}": ${(e as Error).message}`);
      }
      last = essence(now);
      written = `${now}\n`;
    },
  };
}

function read(path: string): { readonly text: string; readonly at: number } | undefined {
  try {
    return { text: readFileSync(path, "utf8"), at: statSync(path).mtimeMs };
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw failure(`Cannot read "${path}": ${(e as Error).message}`);
  }
}
