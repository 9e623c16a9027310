// Opens sockets of every family and state that the machine knows, in the namespace that it is started in, and keeps them
// until its standard input ends: node test/support/socket-zoo.mjs [PAIRS [MARKS...]]
//
// What cannot be opened here is said on standard error, one "missing: WHAT (why)" a line; then READY and the process id come on standard output.
// PAIRS more TCP connections and UDP sockets are spread over addresses, ports, devices and marks, for filters to tell apart.
import { mkdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import koffi from "koffi";

const libc = koffi.load(null);
const bind = (signature) => {
  const f = libc.func(signature);
  const name = signature.match(/(\w+)\(/)[1];
  return (...args) => {
    const result = f(...args);
    if (result >= 0) return result;
    const errno = koffi.errno();
    const code = Object.entries(koffi.os.errno).find(([, n]) => n === errno)?.[0] ?? String(errno);
    throw Object.assign(new Error(`${name}: ${code}`), { code });
  };
};
const socket = bind("int socket(int, int, int)");
const bindTo = bind("int bind(int, void *, uint)");
const listen = bind("int listen(int, int)");
const connect = bind("int connect(int, void *, uint)");
const accept = bind("int accept(int, void *, void *)");
const shutdown = bind("int shutdown(int, int)");
const close = bind("int close(int)");
const send = bind("long send(int, void *, size_t, int)");
const setsockopt = bind("int setsockopt(int, int, int, void *, uint)");
const getsockname = bind("int getsockname(int, void *, void *)");
const socketpair = bind("int socketpair(int, int, int, void *)");
const if_nametoindex = libc.func("uint if_nametoindex(str)");

const AF = { unix: 1, inet: 2, inet6: 10, netlink: 16, packet: 17, vsock: 40, xdp: 44 };
const STREAM = 1;
const DGRAM = 2;
const RAW = 3;
const SEQPACKET = 5;
const NONBLOCK = 0o4000;
const int = (n) => Buffer.from(Int32Array.of(n).buffer);
const set = (fd, level, option, value) => {
  const bytes = typeof value === "number" ? int(value) : Buffer.from(value);
  setsockopt(fd, level, option, bytes, bytes.length);
  return fd;
};
const ip = (address, port = 0) => {
  if (!address.includes(":")) {
    const out = Buffer.alloc(16);
    out.writeUInt16LE(AF.inet, 0);
    out.writeUInt16BE(port, 2);
    for (const [i, part] of address.split(".").entries()) out.writeUInt8(Number(part), 4 + i);
    return out;
  }
  const out = Buffer.alloc(28);
  out.writeUInt16LE(AF.inet6, 0);
  out.writeUInt16BE(port, 2);
  const [before, after = ""] = address.split("::");
  const groups = (text) => text.split(":").filter(Boolean);
  for (const [i, g] of groups(before).entries()) out.writeUInt16BE(Number.parseInt(g, 16), 8 + 2 * i);
  const tail = groups(after);
  for (const [i, g] of tail.entries()) out.writeUInt16BE(Number.parseInt(g, 16), 24 - 2 * (tail.length - i));
  return out;
};
const family = (address) => (address.includes(":") ? AF.inet6 : AF.inet);
const portOf = (fd) => {
  const address = Buffer.alloc(28);
  getsockname(fd, address, int(28));
  return address.readUInt16BE(2);
};
const at = (fd, address) => {
  bindTo(fd, address, address.length);
  return fd;
};
const to = (fd, address) => {
  try {
    connect(fd, address, address.length);
  } catch (e) {
    if (e.code !== "EINPROGRESS") throw e;
  }
  return fd;
};

const missing = [];
/** Does what may not be possible here. */
const attempt = (what, work) => {
  try {
    return work();
  } catch (e) {
    missing.push(`${what} (${e.message})`);
    return undefined;
  }
};

function tcpListener(address, port, { backlog = 5, protocol = 6, type = STREAM, before = () => {} } = {}) {
  const fd = socket(family(address), type, protocol);
  set(fd, 1, 2, 1); // SO_REUSEADDR
  before(fd);
  at(fd, ip(address, port));
  listen(fd, backlog);
  return fd;
}
/** A connection to a listener: [its end, the accepted one]. */
function pair(listener, address, { protocol = 6, type = STREAM, before = () => {} } = {}) {
  const fd = socket(family(address), type, protocol);
  before(fd);
  to(fd, ip(address, portOf(listener)));
  return [fd, accept(listener, null, null)];
}

// ---- TCP in every state ------------------------------------------------------------------------------------------------
const l4 = tcpListener("127.0.0.1", 1001);
const l6 = attempt("IPv6", () => tcpListener("::1", 1001, { before: (fd) => set(fd, 41, 26, 1) })); // IPV6_V6ONLY
const dual = attempt("IPv4 within IPv6", () => tcpListener("::", 1002));
tcpListener("0.0.0.0", 1003, { backlog: 1 });
pair(l4, "127.0.0.1");
if (l6 !== undefined) pair(l6, "::1");
if (dual !== undefined) pair(dual, "127.0.0.1");
{
  const [a, b] = pair(l4, "127.0.0.1");
  send(a, Buffer.alloc(1000), 1000, 0); // to be read at b
  send(b, Buffer.alloc(10), 10, 0);
}
to(socket(AF.inet, STREAM, 0), ip("127.0.0.1", 1003)); // waits to be accepted
const [closing] = pair(l4, "127.0.0.1");
shutdown(closing, 1); // fin-wait-2 here, close-wait there
for (let i = 0; i < 3; i++) {
  const [a, b] = pair(l4, "127.0.0.1");
  close(a);
  close(b); // time-wait
}
attempt("bound and inactive", () => at(socket(AF.inet, STREAM, 0), ip("127.0.0.1", 1004)));
// To an address that does not answer: syn-sent.
attempt("syn-sent", () => to(socket(AF.inet, STREAM | NONBLOCK, 0), ip("198.51.100.77", 9)));
attempt("options", () => {
  const [a] = pair(l4, "127.0.0.1", { before: (fd) => set(fd, 1, 36, 0x11) }); // SO_MARK
  set(a, 0, 1, 0x10); // IP_TOS
  set(a, 1, 9, 1); // SO_KEEPALIVE
  set(a, 0, 11, 1); // IP_RECVERR
});
attempt("IPv6 traffic class", () => set(pair(l6, "::1")[0], 41, 67, 0x20));
attempt("bound to a device", () => tcpListener("127.0.0.1", 1005, { before: (fd) => set(fd, 1, 25, "lo") }));
for (const name of ["reno", "cubic", "bbr", "vegas", "dctcp", "westwood", "illinois"])
  attempt(`congestion control ${name}`, () => {
    const [a] = pair(l4, "127.0.0.1", { before: (fd) => set(fd, 6, 13, name) });
    send(a, Buffer.alloc(5000), 5000, 0);
  });
attempt("MD5 signatures", () => {
  // struct tcp_md5sig: address 128, flags, prefix length, key length, device, key 80
  const key = (address) => {
    const out = Buffer.alloc(216);
    ip(address).copy(out, 0);
    out.writeUInt16LE(6, 130);
    out.write("secret", 136);
    return out;
  };
  const l = tcpListener("127.0.0.1", 1006, { before: (fd) => set(fd, 6, 14, key("127.0.0.1")) });
  pair(l, "127.0.0.1", { before: (fd) => set(fd, 6, 14, key("127.0.0.1")) });
});
attempt("kernel TLS", () => {
  const [a, b] = pair(l4, "127.0.0.1");
  for (const fd of [a, b]) set(fd, 6, 31, "tls"); // TCP_ULP
  // tls12_crypto_info_aes_gcm_128: version, cipher, iv 8, key 16, salt 4, sequence 8
  const crypto = Buffer.alloc(40);
  crypto.writeUInt16LE(0x0304, 0);
  crypto.writeUInt16LE(51, 2);
  set(a, 282, 1, crypto); // SOL_TLS, TLS_TX
  set(b, 282, 2, crypto); // TLS_RX
});
attempt("MPTCP", () => {
  const l = tcpListener("127.0.0.1", 1007, { protocol: 262 });
  const [a] = pair(l, "127.0.0.1", { protocol: 262 });
  send(a, Buffer.alloc(100), 100, 0);
  const l_6 = tcpListener("::1", 1007, { protocol: 262 });
  pair(l_6, "::1", { protocol: 262 });
});

// ---- other protocols of IP ---------------------------------------------------------------------------------------------
for (const [name, protocol] of [
  ["UDP", 17],
  ["UDP-Lite", 136],
])
  attempt(name, () => {
    const server = at(socket(AF.inet, DGRAM, protocol), ip("127.0.0.1", 2001));
    to(socket(AF.inet, DGRAM, protocol), ip("127.0.0.1", 2001));
    at(socket(AF.inet6, DGRAM, protocol), ip("::1", 2002));
    at(socket(AF.inet6, DGRAM, protocol), ip("::", 2003));
    at(set(socket(AF.inet, DGRAM, protocol), 1, 25, "lo"), ip("0.0.0.0", 2004));
    send(to(socket(AF.inet, DGRAM, protocol), ip("127.0.0.1", portOf(server))), Buffer.alloc(50), 50, 0);
  });
attempt("raw", () => {
  socket(AF.inet, RAW, 1);
  socket(AF.inet, RAW, 255);
  socket(AF.inet6, RAW, 58);
  to(at(socket(AF.inet, RAW, 89), ip("127.0.0.1")), ip("127.0.0.2"));
});
attempt("SCTP", () => {
  const l = tcpListener("127.0.0.1", 3001, { protocol: 132 });
  pair(l, "127.0.0.1", { protocol: 132 });
  const l_6 = tcpListener("::1", 3002, { protocol: 132 });
  pair(l_6, "::1", { protocol: 132 });
  at(socket(AF.inet, SEQPACKET, 132), ip("127.0.0.1", 3003));
});
attempt("DCCP", () => {
  const service = (fd) => set(fd, 269, 2, Buffer.from(Uint32Array.of(0x01000000).buffer));
  const l = tcpListener("127.0.0.1", 3101, { protocol: 33, type: 6, before: service });
  pair(l, "127.0.0.1", { protocol: 33, type: 6, before: service });
});

// ---- unix --------------------------------------------------------------------------------------------------------------
const directory = join(tmpdir(), `socket-zoo-${process.pid}`);
mkdirSync(directory);
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
const unix = (name) => {
  const bytes = typeof name === "string" ? Buffer.from(name) : name;
  const out = Buffer.alloc(2 + bytes.length + (bytes[0] === 0 ? 0 : 1));
  out.writeUInt16LE(AF.unix, 0);
  bytes.copy(out, 2);
  return out;
};
for (const [name, type] of [
  ["stream", STREAM],
  ["seqpacket", SEQPACKET],
]) {
  const l = at(socket(AF.unix, type, 0), unix(`${directory}/${name}`));
  listen(l, 7);
  const a = to(socket(AF.unix, type, 0), unix(`${directory}/${name}`));
  accept(l, null, null);
  send(a, Buffer.alloc(30), 30, 0);
  to(socket(AF.unix, type, 0), unix(`${directory}/${name}`)); // waits to be accepted
}
{
  at(socket(AF.unix, DGRAM, 0), unix(`${directory}/dgram`));
  send(to(socket(AF.unix, DGRAM, 0), unix(`${directory}/dgram`)), Buffer.alloc(20), 20, 0);
  listen(at(socket(AF.unix, STREAM, 0), unix(`\0zoo-${process.pid}`)), 3);
  to(socket(AF.unix, STREAM, 0), unix(`\0zoo-${process.pid}`));
  at(socket(AF.unix, DGRAM, 0), unix(Buffer.concat([Buffer.from("\0zoo\0"), Buffer.from([0xff, 0xfe, 0])])));
  bindTo(socket(AF.unix, DGRAM, 0), unix(Buffer.alloc(0)), 2); // autobound
  const [a, b] = [STREAM, DGRAM].map((type) => {
    const fds = Buffer.alloc(8);
    socketpair(AF.unix, type, 0, fds);
    return fds.readInt32LE(0);
  });
  shutdown(a, 1);
  shutdown(b, 2);
  socket(AF.unix, STREAM, 0);
}

// ---- netlink, packet, vsock, XDP ---------------------------------------------------------------------------------------
for (const [protocol, groups] of [
  [0, [1, 7, 33]],
  [0, []],
  [4, [1]],
  [15, [1]],
  [16, [1]],
])
  attempt(`netlink protocol ${protocol}`, () => {
    const address = Buffer.alloc(12);
    address.writeUInt16LE(AF.netlink, 0);
    const fd = at(socket(AF.netlink, RAW, protocol), address);
    for (const group of groups) set(fd, 270, 1, group);
    if (groups.length > 1) for (const option of [3, 4, 5, 10]) set(fd, 270, option, 1);
  });
attempt("netlink connected", () => {
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF.netlink, 0);
  address.writeUInt32LE(2, 8);
  to(socket(AF.netlink, DGRAM, 2), address);
});
attempt("packet", () => {
  const lo = if_nametoindex("lo");
  const link = (protocol, index) => {
    const out = Buffer.alloc(20);
    out.writeUInt16LE(AF.packet, 0);
    out.writeUInt16BE(protocol, 2);
    out.writeInt32LE(index, 4);
    return out;
  };
  socket(AF.packet, RAW, 0);
  socket(AF.packet, DGRAM, 0x0008); // ETH_P_IP as it is on the wire
  const fd = at(socket(AF.packet, RAW, 0), link(3, lo));
  set(fd, 263, 8, 1); // PACKET_AUXDATA
  set(fd, 263, 1, Buffer.concat([int(lo), Buffer.from([1, 0, 0, 0]), Buffer.alloc(8)])); // promiscuous
  const mac = Buffer.from([6, 0, 0x01, 0, 0x5e, 1, 2, 3, 0, 0]);
  set(fd, 263, 1, Buffer.concat([int(lo), Buffer.from([0, 0, 6, 0]), mac.subarray(2)])); // multicast
  const ring = at(socket(AF.packet, RAW, 0), link(0x806, lo));
  set(ring, 263, 10, 1); // PACKET_VERSION 2
  set(ring, 263, 5, Buffer.from(Uint32Array.of(4096, 4, 2048, 8).buffer)); // PACKET_RX_RING
  const fanout = at(socket(AF.packet, DGRAM, 0x0300), link(3, lo));
  set(fanout, 263, 18, 7 | (1 << 16)); // PACKET_FANOUT: id 7, round robin
  const code = koffi.alloc("uint8_t", 8);
  koffi.encode(code, "uint8_t", [6, 0, 0, 0, 0xff, 0xff, 0, 0], 8); // return 65535
  const program = Buffer.alloc(16);
  program.writeUInt16LE(1, 0);
  program.writeBigUInt64LE(BigInt(koffi.address(code)), 8);
  set(socket(AF.packet, RAW, 0x0300), 1, 26, program); // SO_ATTACH_FILTER
});
attempt("vsock", () => {
  const vm = (cid, port) => {
    const out = Buffer.alloc(16);
    out.writeUInt16LE(AF.vsock, 0);
    out.writeUInt32LE(port, 4);
    out.writeUInt32LE(cid, 8);
    return out;
  };
  const l = at(socket(AF.vsock, STREAM, 0), vm(0xffffffff, 4001));
  listen(l, 3);
  attempt("vsock to itself", () => {
    to(socket(AF.vsock, STREAM, 0), vm(1, 4001));
    accept(l, null, null);
  });
});
attempt("XDP", () => {
  const fd = socket(AF.xdp, RAW, 0);
  // struct xdp_umem_reg: address, length, chunk size, headroom, flags; the memory has to begin at a page.
  const memory = koffi.alloc("uint8_t", 20 * 4096);
  const start = (BigInt(koffi.address(memory)) + 4095n) & ~4095n;
  const umem = Buffer.alloc(32);
  umem.writeBigUInt64LE(start, 0);
  umem.writeBigUInt64LE(BigInt(16 * 4096), 8);
  umem.writeUInt32LE(2048, 16);
  umem.writeUInt32LE(64, 20);
  set(fd, 283, 4, umem);
  for (const ring of [2, 3, 5, 6]) set(fd, 283, ring, 64);
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF.xdp, 0);
  address.writeUInt32LE(if_nametoindex("lo"), 4);
  attempt("XDP bound", () => at(fd, address));
});

// ---- many --------------------------------------------------------------------------------------------------------------
const pairs = Number(process.argv[2] ?? 0);
const marks = process.argv.slice(3).map(Number);
const listeners = [
  ["127.0.0.1", 5001],
  ["127.0.0.2", 5002],
  ["127.1.2.3", 443],
  ["::1", 5001],
  ["::", 5003],
].flatMap(([address, port]) => {
  const fd = attempt(`a listener at ${address}`, () => tcpListener(address, port, { backlog: 128 }));
  return fd === undefined ? [] : [{ fd, address: address === "::" ? "127.0.0.9" : address }];
});
for (let i = 0; i < pairs; i++) {
  const { fd, address } = listeners[i % listeners.length];
  const before = (s) => {
    if (i % 7 === 0) set(s, 1, 25, "lo");
    if (marks.length > 0) set(s, 1, 36, marks[i % marks.length]);
    if (i % 3 === 0) set(s, 1, 15, 1); // SO_REUSEPORT
    if (i % 3 === 0) at(s, ip(address.includes(":") ? "::1" : `127.0.1.${i % 250}`, 10000 + i));
  };
  const [a, b] = pair(fd, address, { before });
  if (i % 5 === 0) send(a, Buffer.alloc(i % 3000), i % 3000, 0);
  if (i % 11 === 0) shutdown(b, 1);
  if (i % 4 === 0) at(socket(family(address), DGRAM, 17), ip(address, 20000 + i));
  if (i % 9 === 0) socketpair(AF.unix, STREAM, 0, Buffer.alloc(8));
}

for (const what of missing) process.stderr.write(`missing: ${what}\n`);
writeSync(1, `READY ${process.pid}\n`);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
