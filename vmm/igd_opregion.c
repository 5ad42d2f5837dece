// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_opregion.c - the OpRegion policies: the host's own pages, a copy, or none.
 *
 * VFIO's region is the reference: what /dev/mem shows must carry the same header before the guest
 * gets it. The host's ASLS comes from sysfs, since VFIO's virtual 0xFC is the extended VBT's address
 * on some kernels (Linux drivers/vfio/pci/vfio_pci_igd.c).
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "igd_opregion.h"
#include "igd_regs.h"
#include "log.h"
#include "mem.h"
#include "sysfs.h"
#include "vfio.h"
#include "vfio_fixture.h"

#define PAGE	    (4 * KiB)
#define WHY_SIZE    256
#define STATIC_LEN  0x58 /* signature to GOP version: firmware writes them once */
#define OFF_VERSION 0x14

/* The reference: VFIO's region, of which the first OPREGION_SIZE bytes are in head. */
struct source {
	unsigned region;
	uint8_t head[OPREGION_SIZE];
	char why[WHY_SIZE]; /* why the policy just tried is not possible */
};

/* -ENOENT with s->why when the host has no OpRegion that VFIO would show. */
static int read_head(struct igd *g, struct source *s)
{
	int region = vfio_find_region(g->dev, VFIO_INTEL_TYPE, VFIO_INTEL_OPREGION);
	int ret;

	if (region < 0) {
		snprintf(
			s->why, sizeof(s->why),
			"VFIO has no OpRegion for it (ASLS is %#x; the host needs firmware with an "
			"OpRegion and a kernel with CONFIG_VFIO_PCI_IGD)",
			g->host_asls);
		return -ENOENT;
	}
	s->region = (unsigned)region;
	ret = g->dev->ops->read(g->dev, s->region, 0, s->head, sizeof(s->head));
	if (ret) {
		snprintf(s->why, sizeof(s->why), "VFIO's OpRegion region cannot be read: %s",
			 strerror(-ret));
		return ret;
	}
	ret = opregion_parse(s->head, sizeof(s->head), &g->info);
	if (ret)
		snprintf(s->why, sizeof(s->why),
			 "the OpRegion's header is not valid (no \"%s\", or size 0)",
			 OPREGION_SIGNATURE);
	return ret;
}

static bool same_header(const uint8_t *a, const uint8_t *b)
{
	/* the kernel may present version 2.0 as 2.1: compare around the version */
	return !memcmp(a, b, OFF_VERSION) &&
	       !memcmp(a + OFF_VERSION + 4, b + OFF_VERSION + 4, STATIC_LEN - OFF_VERSION - 4);
}

/* Host pages from the one ASLS points into, up to len bytes behind ASLS; of a fixture, a copy. */
static int map_pages(struct igd *g, size_t len, struct source *s)
{
	uint32_t offset = g->host_asls & (PAGE - 1);

	if (g->dev->recorded)
		return vfio_fixture_pages(&g->live, &g->host, offset, len, s->why, sizeof(s->why));
	return devmem_map(&g->live, g->host_asls - offset, ALIGN_UP(offset + len, PAGE), s->why,
			  sizeof(s->why));
}

/* Map the host's pages; their own header, not VFIO's edited one, says how many. */
static int try_live(struct igd *g, struct source *s)
{
	uint32_t offset = g->host_asls & (PAGE - 1);
	struct opregion_info info;
	int64_t size;
	int ret;

	if (g->host_asls == 0 || g->host_asls == UINT32_MAX) {
		snprintf(s->why, sizeof(s->why),
			 "the host's ASLS cannot be read, or is %#x; run as root", g->host_asls);
		return -ENODEV;
	}
	ret = map_pages(g, OPREGION_SIZE, s);
	if (ret)
		return ret;
	if (!same_header((uint8_t *)g->live.hva + offset, s->head) ||
	    opregion_parse((uint8_t *)g->live.hva + offset, OPREGION_SIZE, &info)) {
		snprintf(s->why, sizeof(s->why),
			 "/dev/mem at %#x does not show the OpRegion that VFIO has", g->host_asls);
		return -ESTALE;
	}
	size = opregion_live_size(&info);
	if (size < 0) {
		snprintf(s->why, sizeof(s->why),
			 "its VBT lies apart, at host address or offset %#llx, where the guest "
			 "cannot follow",
			 (unsigned long long)info.rvda);
		return (int)size;
	}
	if (size > OPREGION_SIZE) {
		devmem_unmap(&g->live);
		ret = map_pages(g, (size_t)size, s);
		if (ret)
			return ret;
	}
	g->info = info;
	g->page_offset = offset;
	g->opregion_len = g->live.size;
	return 0;
}

/* Header and mailboxes, then the extended VBT where VFIO appends one. */
static int try_copy(struct igd *g, struct source *s)
{
	uint64_t len = OPREGION_SIZE, region = g->dev->region[s->region].size;
	int ret;

	if (opregion_extended_vbt(&g->info) && g->info.rvds <= OPREGION_VBT_MAX)
		len = MIN(len + g->info.rvds, region);
	g->opregion_len = ALIGN_UP(len, PAGE);
	g->copy = mmap(NULL, g->opregion_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	if (g->copy == MAP_FAILED) {
		g->copy = NULL;
		return log_err(-errno, "%s: memory for the OpRegion: %m", g->host.name);
	}
	memcpy(g->copy, s->head, OPREGION_SIZE);
	if (len > OPREGION_SIZE) {
		ret = g->dev->ops->read(g->dev, s->region, OPREGION_SIZE,
					(uint8_t *)g->copy + OPREGION_SIZE, len - OPREGION_SIZE);
		if (ret)
			return log_err(ret, "%s: the OpRegion's extended VBT: %m", g->host.name);
	}
	if (opregion_seal(g->copy, len))
		log_warn("%s: the OpRegion points at a VBT outside of it, the pointer was cleared",
			 g->host.name);
	g->page_offset = 0;
	return 0;
}

static void say(struct igd *g, const char *what, const char *because)
{
	snprintf(g->opregion_why, sizeof(g->opregion_why), "%s%s%s", what, *because ? ": " : "",
		 because);
	log_info("%s: %s, stolen memory %llu MiB, OpRegion %u.%u %s", g->host.name, g->gen->title,
		 (unsigned long long)(g->stolen / MiB), g->info.major, g->info.minor,
		 g->opregion_why);
}

/* Live, or the reason why not; in auto mode then a copy. */
static int decide(struct igd *g, struct source *s)
{
	bool must_live = g->config.opregion == OPREGION_LIVE;
	int ret;

	if (g->config.opregion != OPREGION_COPY) {
		ret = try_live(g, s);
		if (!ret) {
			g->opregion = OPREGION_LIVE;
			say(g, "live", "");
			return 0;
		}
		devmem_unmap(&g->live);
		if (must_live)
			return log_err(ret, "%s: opregion=live is not possible: %s", g->host.name,
				       s->why);
	}
	ret = try_copy(g, s);
	if (ret)
		return ret;
	g->opregion = OPREGION_COPY;
	say(g, g->config.opregion == OPREGION_AUTO ? "copied, live is not possible" : "copied",
	    g->config.opregion == OPREGION_AUTO ? s->why : "");
	return 0;
}

int igd_opregion_probe(struct igd *g)
{
	struct source s = { .why = "" };
	uint8_t raw[4];
	int ret;

	if (g->config.opregion == OPREGION_OFF) {
		say(g, "off: the guest's driver has no VBT and guesses the outputs", "");
		return 0;
	}
	if (!sysfs_config(&g->host, IGD_ASLS, raw, sizeof(raw)))
		g->host_asls = get_le32(raw);
	ret = read_head(g, &s);
	if (!ret)
		return decide(g, &s);
	if (g->config.opregion != OPREGION_AUTO)
		return log_err(ret,
			       "%s: no OpRegion for the guest: %s; opregion=off starts without",
			       g->host.name, s.why);
	snprintf(g->opregion_why, sizeof(g->opregion_why), "none: %s", s.why);
	log_warn("%s: no OpRegion for the guest, its driver guesses the outputs: %s", g->host.name,
		 s.why);
	return 0;
}

int igd_opregion_map(struct igd *g, struct mem *mem, const struct memmap *map)
{
	const struct mem_range *r = memmap_find(map, MEM_OPREGION);
	struct mem_region region = { .kind = MEM_KIND_SHARED, .name = "igd-opregion" };
	int ret;

	if (!g->opregion_len)
		return 0;
	if (!r || r->size < g->opregion_len)
		return log_err(-EINVAL, "%s: the plan has no room for the OpRegion", g->host.name);
	region.gpa = r->gpa;
	region.size = g->opregion_len;
	region.hva = g->opregion == OPREGION_LIVE ? g->live.hva : g->copy;
	ret = mem_map(mem, &region);
	if (ret)
		return log_err(ret, "%s: OpRegion at %#llx: %m", g->host.name,
			       (unsigned long long)r->gpa);
	g->mem = mem;
	g->opregion_gpa = r->gpa;
	return 0;
}

void igd_opregion_fini(struct igd *g)
{
	if (g->opregion_gpa)
		mem_unmap(g->mem, g->opregion_gpa);
	g->opregion_gpa = 0;
	devmem_unmap(&g->live);
	if (g->copy)
		munmap(g->copy, g->opregion_len);
	g->copy = NULL;
}
