// C on libmnl for bench/tc.mjs: cc -O2 -o tc bench/tc.c -lmnl
//   tc htb|u32|flower FILE REPS     decodes recorded messages, each to a struct of all its fields
//   tc add COUNT IFINDEX REPS       adds u32 filters, 1000 a system call, and hears of each failure
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}
static void die(const char *m) { perror(m); exit(1); }
static int cmp(const void *a, const void *b) { double x = *(double *)a, y = *(double *)b; return (x > y) - (x < y); }

struct stats {
	struct { __u64 bytes; __u32 packets; } basic;
	struct gnet_stats_queue queue;
	struct tc_htb_xstats app;
};
struct class_ {
	int ifindex;
	__u32 handle, parent, info;
	char kind[16];
	struct tc_htb_opt parms;
	__u64 rate64, ceil64;
	struct stats stats;
};
struct u32 {
	int ifindex;
	__u32 handle, parent, info, chain, classid, hash, flags;
	char kind[16];
	struct tc_u32_sel sel;
	struct tc_u32_key keys[4];
	__u64 rcnt, rhit, kcnts[4];
};
struct flower {
	int ifindex;
	__u32 handle, parent, info, chain, classid, flags, in_hw_count;
	char kind[16];
	__u16 eth_type, dst_port, dst_port_mask;
	__u16 src_port, src_port_mask, tcp_flags, tcp_flags_mask;
	__u8 ip_proto, tos, tos_mask, ttl, ttl_mask;
	__u32 dst, dst_mask, src, src_mask;
};
#define COPY(to, a) memcpy(&(to), mnl_attr_get_payload(a), mnl_attr_get_payload_len(a) < sizeof(to) ? mnl_attr_get_payload_len(a) : sizeof(to))

static void read_stats(struct stats *s, const struct nlattr *nest)
{
	const struct nlattr *a;
	mnl_attr_for_each_nested(a, nest)
		switch (mnl_attr_get_type(a)) {
		case TCA_STATS_BASIC: COPY(s->basic, a); break;
		case TCA_STATS_QUEUE: COPY(s->queue, a); break;
		case TCA_STATS_APP: COPY(s->app, a); break;
		}
}
static void read_class(struct class_ *c, const struct nlmsghdr *h)
{
	const struct tcmsg *m = mnl_nlmsg_get_payload(h);
	const struct nlattr *a, *b;
	c->ifindex = m->tcm_ifindex; c->handle = m->tcm_handle; c->parent = m->tcm_parent; c->info = m->tcm_info;
	mnl_attr_for_each(a, h, sizeof *m)
		switch (mnl_attr_get_type(a)) {
		case TCA_KIND: strncpy(c->kind, mnl_attr_get_str(a), 15); break;
		case TCA_OPTIONS:
			mnl_attr_for_each_nested(b, a)
				switch (mnl_attr_get_type(b)) {
				case TCA_HTB_PARMS: COPY(c->parms, b); break;
				case TCA_HTB_RATE64: c->rate64 = mnl_attr_get_u64(b); break;
				case TCA_HTB_CEIL64: c->ceil64 = mnl_attr_get_u64(b); break;
				}
			break;
		case TCA_STATS2: read_stats(&c->stats, a); break;
		}
}
static void read_u32(struct u32 *f, const struct nlmsghdr *h)
{
	const struct tcmsg *m = mnl_nlmsg_get_payload(h);
	const struct nlattr *a, *b;
	f->ifindex = m->tcm_ifindex; f->handle = m->tcm_handle; f->parent = m->tcm_parent; f->info = m->tcm_info;
	mnl_attr_for_each(a, h, sizeof *m)
		switch (mnl_attr_get_type(a)) {
		case TCA_KIND: strncpy(f->kind, mnl_attr_get_str(a), 15); break;
		case TCA_CHAIN: f->chain = mnl_attr_get_u32(a); break;
		case TCA_OPTIONS:
			mnl_attr_for_each_nested(b, a)
				switch (mnl_attr_get_type(b)) {
				case TCA_U32_SEL: {
					const char *p = mnl_attr_get_payload(b);
					memcpy(&f->sel, p, sizeof f->sel);
					memcpy(f->keys, p + sizeof f->sel, (f->sel.nkeys < 4 ? f->sel.nkeys : 4) * sizeof f->keys[0]);
					break;
				}
				case TCA_U32_HASH: f->hash = mnl_attr_get_u32(b); break;
				case TCA_U32_CLASSID: f->classid = mnl_attr_get_u32(b); break;
				case TCA_U32_FLAGS: f->flags = mnl_attr_get_u32(b); break;
				case TCA_U32_PCNT: {
					const __u64 *p = mnl_attr_get_payload(b);
					size_t n = mnl_attr_get_payload_len(b) / 8;
					f->rcnt = p[0]; f->rhit = p[1];
					for (size_t i = 2; i < n && i < 6; i++) f->kcnts[i - 2] = p[i];
					break;
				}
				}
			break;
		}
}
static void read_flower(struct flower *f, const struct nlmsghdr *h)
{
	const struct tcmsg *m = mnl_nlmsg_get_payload(h);
	const struct nlattr *a, *b;
	f->ifindex = m->tcm_ifindex; f->handle = m->tcm_handle; f->parent = m->tcm_parent; f->info = m->tcm_info;
	mnl_attr_for_each(a, h, sizeof *m)
		switch (mnl_attr_get_type(a)) {
		case TCA_KIND: strncpy(f->kind, mnl_attr_get_str(a), 15); break;
		case TCA_CHAIN: f->chain = mnl_attr_get_u32(a); break;
		case TCA_OPTIONS:
			mnl_attr_for_each_nested(b, a)
				switch (mnl_attr_get_type(b)) {
				case TCA_FLOWER_CLASSID: f->classid = mnl_attr_get_u32(b); break;
				case TCA_FLOWER_KEY_TCP_SRC: f->src_port = ntohs(mnl_attr_get_u16(b)); break;
				case TCA_FLOWER_KEY_TCP_SRC_MASK: f->src_port_mask = ntohs(mnl_attr_get_u16(b)); break;
				case TCA_FLOWER_KEY_TCP_FLAGS: f->tcp_flags = ntohs(mnl_attr_get_u16(b)); break;
				case TCA_FLOWER_KEY_TCP_FLAGS_MASK: f->tcp_flags_mask = ntohs(mnl_attr_get_u16(b)); break;
				case TCA_FLOWER_KEY_IP_TOS: f->tos = mnl_attr_get_u8(b); break;
				case TCA_FLOWER_KEY_IP_TOS_MASK: f->tos_mask = mnl_attr_get_u8(b); break;
				case TCA_FLOWER_KEY_IP_TTL: f->ttl = mnl_attr_get_u8(b); break;
				case TCA_FLOWER_KEY_IP_TTL_MASK: f->ttl_mask = mnl_attr_get_u8(b); break;
				case TCA_FLOWER_KEY_ETH_TYPE: f->eth_type = ntohs(mnl_attr_get_u16(b)); break;
				case TCA_FLOWER_KEY_IP_PROTO: f->ip_proto = mnl_attr_get_u8(b); break;
				case TCA_FLOWER_KEY_IPV4_SRC: COPY(f->src, b); break;
				case TCA_FLOWER_KEY_IPV4_SRC_MASK: COPY(f->src_mask, b); break;
				case TCA_FLOWER_KEY_IPV4_DST: COPY(f->dst, b); break;
				case TCA_FLOWER_KEY_IPV4_DST_MASK: COPY(f->dst_mask, b); break;
				case TCA_FLOWER_KEY_TCP_DST: f->dst_port = ntohs(mnl_attr_get_u16(b)); break;
				case TCA_FLOWER_KEY_TCP_DST_MASK: f->dst_port_mask = ntohs(mnl_attr_get_u16(b)); break;
				case TCA_FLOWER_FLAGS: f->flags = mnl_attr_get_u32(b); break;
				case TCA_FLOWER_IN_HW_COUNT: f->in_hw_count = mnl_attr_get_u32(b); break;
				}
			break;
		}
}

static void decode(const char *what, const char *file, int reps)
{
	FILE *f = fopen(file, "rb");
	if (!f) die(file);
	fseek(f, 0, SEEK_END);
	long size = ftell(f);
	rewind(f);
	char *bytes = malloc(size);
	if (fread(bytes, 1, size, f) != (size_t)size) die("read");
	double *ms = malloc(reps * sizeof *ms);
	unsigned long check = 0;
	long n = 0;
	size_t each = *what == 'h' ? sizeof(struct class_) : *what == 'u' ? sizeof(struct u32) : sizeof(struct flower);
	for (int r = 0; r < reps; r++) {
		long room = 1024;
		double t0 = now();
		char *all = malloc(room * each);
		int left = size;
		n = 0;
		for (const struct nlmsghdr *h = (void *)bytes; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
			if (n == room) all = realloc(all, (room *= 2) * each);
			void *p = memset(all + n++ * each, 0, each);
			if (*what == 'h') read_class(p, h);
			else if (*what == 'u') read_u32(p, h);
			else read_flower(p, h);
		}
		ms[r] = now() - t0;
		check = 0;
		for (long i = 0; i < n; i++) {
			struct class_ *c = (void *)(all + i * each);
			struct u32 *u = (void *)c;
			struct flower *l = (void *)c;
			check += *what == 'h' ? c->handle + c->parms.rate.rate + c->parms.buffer + c->stats.basic.packets + c->stats.queue.drops
			       : *what == 'u' ? u->handle + u->classid + ntohl(u->keys[0].val) : l->handle + l->classid + ntohl(l->dst) + l->dst_port;
		}
		free(all);
	}
	double first = ms[0];
	qsort(ms, reps, sizeof *ms, cmp);
	printf("{\"n\":%ld,\"ms\":%.4f,\"first\":%.4f,\"check\":%lu}\n", n, ms[reps / 2], first, check);
}

static size_t put_filter(char *buf, int ifindex, int i, int flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct { struct tc_u32_sel sel; struct tc_u32_key key; } s = { { .flags = TC_U32_TERMINAL, .nkeys = 1 } };
	h->nlmsg_type = RTM_NEWTFILTER;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | flags;
	h->nlmsg_seq = i + 1;
	struct tcmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);
	m->tcm_ifindex = ifindex;
	m->tcm_parent = 0x10000;
	m->tcm_info = (1 + i / 4000) << 16 | htons(ETH_P_IP);
	m->tcm_handle = 0x80000000 + (i / 4000 << 20) + i % 4000 + 1;
	mnl_attr_put_strz(h, TCA_KIND, "u32");
	struct nlattr *o = mnl_attr_nest_start(h, TCA_OPTIONS);
	o->nla_type &= ~NLA_F_NESTED;
	s.key.val = htonl(0x0a000000 + i);
	s.key.mask = 0xffffffff;
	s.key.off = 16;
	mnl_attr_put_u32(h, TCA_U32_CLASSID, 0x10010);
	mnl_attr_put(h, TCA_U32_SEL, sizeof s, &s);
	mnl_attr_nest_end(h, o);
	return h->nlmsg_len;
}
static void add(int count, int ifindex, int reps)
{
	static char buf[400000];
	struct mnl_socket *s = mnl_socket_open(NETLINK_ROUTE);
	if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0) die("socket");
	unsigned port = mnl_socket_get_portid(s);
	double *ms = malloc(reps * sizeof *ms), first;
	for (int r = 0; r < reps; r++) {
		struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
		h->nlmsg_type = RTM_DELTFILTER;
		h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
		struct tcmsg *m = mnl_nlmsg_put_extra_header(h, sizeof *m);
		m->tcm_ifindex = ifindex;
		m->tcm_parent = 0x10000;
		if (mnl_socket_sendto(s, buf, h->nlmsg_len) < 0 || mnl_socket_recvfrom(s, buf, sizeof buf) < 0) die("flush");
		double t0 = now();
		for (int i = 0; i < count; i += 1000) {
			size_t len = 0;
			int k = count - i < 1000 ? count - i : 1000;
			for (int j = i; j < i + k; j++) len += put_filter(buf + len, ifindex, j, j == i + k - 1 ? NLM_F_ACK : 0);
			if (mnl_socket_sendto(s, buf, len) < 0) die("send");
			ssize_t got = mnl_socket_recvfrom(s, buf, sizeof buf);
			if (got < 0 || mnl_cb_run(buf, got, i + k, port, NULL, NULL) < 0) die("ack");
		}
		ms[r] = now() - t0;
	}
	first = ms[0];
	qsort(ms, reps, sizeof *ms, cmp);
	printf("{\"n\":%d,\"ms\":%.3f,\"first\":%.3f}\n", count, ms[reps / 2], first);
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "add")) add(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
	else if (argc == 4) decode(argv[1], argv[2], atoi(argv[3]));
	else return 2;
	return 0;
}
