// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_opregion.c - the OpRegion policies: the host's own pages, a copy, a file's, or none.
 *
 * VFIO's region is the reference, where there is one: what igd_source.c finds must carry the same
 * header before the guest gets it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>

#include "igd_file.h"
#include "igd_opregion.h"
#include "igd_regs.h"
#include "igd_source.h"
#include "log.h"
#include "mem.h"
#include "sysfs.h"
#include "vfio.h"
#include "vfio_pci.h"

#define PAGE (4 * KiB)

/*
 * Registers by which a driver calls the host's firmware (PRM, "PCI configuration registers";
 * OpRegion specification, chapter 4; lengths: Linux intel_opregion.c, gvt/cfg_space.c).
 */
static const struct doorbell {
	uint16_t off, len;
	const char *name;
} doorbell[] = {
	{ IGD_SWSMI, 2, "SWSMI" },
	{ IGD_ASLE, 4, "ASLE" },
	{ IGD_SWSCI, 2, "SWSCI" },
};

/* What a probe knows before it decides. */
struct probe {
	int region;		     /* VFIO's OpRegion region, or -ENOENT */
	uint8_t head[OPREGION_SIZE]; /* its first bytes */
	char why[2 * DEVMEM_WHY];    /* why what was tried is not possible */
};

__attribute__((format(printf, 2, 3))) static void because(struct probe *p, const char *fmt, ...)
{
	size_t used = strlen(p->why);
	va_list ap;

	if (used)
		used += (size_t)snprintf(p->why + used, sizeof(p->why) - used, "; ");
	if (used >= sizeof(p->why))
		return;
	va_start(ap, fmt);
	vsnprintf(p->why + used, sizeof(p->why) - used, fmt, ap);
	va_end(ap);
}

/* What was decided, in words. */
__attribute__((format(printf, 2, 3))) static void say(struct igd *g, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(g->opregion_why, sizeof(g->opregion_why), fmt, ap);
	va_end(ap);
}

static bool is_live(enum opregion_policy p)
{
	return p == OPREGION_LIVE || p == OPREGION_LAZY;
}

const char *igd_policy_name(enum opregion_policy p)
{
	static const char *const name[] = {
		[OPREGION_AUTO] = "auto", [OPREGION_LIVE] = "live", [OPREGION_LAZY] = "lazy",
		[OPREGION_COPY] = "copy", [OPREGION_OFF] = "off",   [OPREGION_FILE] = "file",
	};

	return name[p];
}

/* ---- what the host has ---- */

/*
 * The region's header part. Not beyond OPREGION_SIZE, where the kernel's reader does not look at the
 * header's size (Linux drivers/vfio/pci/vfio_pci_igd.c, vfio_pci_igd_rw); what a shorter region does
 * not have is zero. 0; -ENOENT: no region; or -errno with p->why.
 */
static int read_region(struct igd *g, struct probe *p)
{
	uint64_t size;
	int ret;

	p->region = vfio_find_region(g->dev, VFIO_INTEL_TYPE, VFIO_INTEL_OPREGION);
	if (p->region < 0)
		return -ENOENT;
	size = g->dev->region[p->region].size;
	ret = g->dev->ops->read(g->dev, (unsigned)p->region, 0, p->head,
				MIN(size, (uint64_t)OPREGION_SIZE));
	if (ret) {
		because(p, "VFIO's OpRegion region cannot be read: %s", strerror(-ret));
		return ret;
	}
	ret = opregion_parse(p->head, OPREGION_SIZE, &g->info);
	if (ret)
		because(p, "the OpRegion's header is not valid (no \"%s\", or size 0)",
			OPREGION_SIGNATURE);
	return ret == -ENOENT ? -EINVAL : ret;
}

/* Open a source that shows this GPU's OpRegion, and read its header. */
static int open_source(struct igd *g, struct probe *p, struct igd_source *s,
		       enum igd_source_kind kind, void *head, struct opregion_info *info)
{
	int ret = igd_source_open(s, g, kind);

	if (!ret)
		ret = igd_source_head(s, head, info);
	if (!ret && p->region >= 0 && !opregion_same(head, p->head)) {
		snprintf(s->why, sizeof(s->why), "%s does not show the OpRegion that VFIO has",
			 s->file.path);
		ret = -ESTALE;
	}
	if (ret) {
		because(p, "%s", s->why);
		igd_source_close(s);
	}
	return ret;
}

/* ---- live and lazy ---- */

static int live_from(struct igd *g, struct probe *p, enum igd_source_kind kind)
{
	uint8_t head[OPREGION_SIZE];
	struct opregion_info info;
	struct opregion_layout l;
	struct igd_source s;
	int ret = open_source(g, p, &s, kind, head, &info);

	if (ret)
		return ret;
	ret = opregion_layout(&info, s.page_offset, &l);
	if (ret) {
		because(p,
			"its VBT lies apart, at host address or offset %#llx, where the guest "
			"cannot follow",
			(unsigned long long)info.rvda);
	} else {
		ret = igd_source_live(&s, &info, &l, &g->pages);
		if (ret)
			because(p, "%s", s.why);
	}
	igd_source_close(&s);
	if (ret)
		return ret;
	g->info = info;
	g->page_offset = s.page_offset;
	g->opregion_len = l.size;
	say(g, "%s, by %s",
	    g->config.opregion == OPREGION_LAZY ? "live from the first access on" : "live",
	    s.file.path);
	return 0;
}

static int try_live(struct igd *g, struct probe *p)
{
	int ret = -ENODEV;

	for (unsigned kind = 0; kind < IGD_SOURCES && ret; kind++) {
		if (!igd_source_applies(g, (enum igd_source_kind)kind))
			continue;
		ret = live_from(g, p, (enum igd_source_kind)kind);
		if (ret == -EOPNOTSUPP) /* another source would show the same */
			break;
	}
	return ret;
}

/* ---- copies ---- */

static int new_copy(struct igd *g, uint32_t vbt_len)
{
	g->opregion_len = OPREGION_SIZE + ALIGN_UP(vbt_len, PAGE);
	g->pages = igd_pages_new(g->opregion_len);
	g->page_offset = 0;
	return g->pages ? 0 : -ENOMEM;
}

/* The header part by a source, where VFIO has no region. */
static int read_head(struct igd *g, struct probe *p)
{
	struct igd_source s;
	int ret = -ENODEV;

	for (unsigned kind = 0; kind < IGD_SOURCES && ret; kind++) {
		if (!igd_source_applies(g, (enum igd_source_kind)kind))
			continue;
		ret = open_source(g, p, &s, (enum igd_source_kind)kind, p->head, &g->info);
		if (!ret)
			igd_source_close(&s);
	}
	return ret;
}

/*
 * The extended VBT: behind the region's header part, as VFIO appends it; or, with kernels that do
 * not, by a source. 0, or -errno with p->why.
 */
static int read_vbt(struct igd *g, struct probe *p, void *vbt)
{
	uint8_t head[OPREGION_SIZE];
	struct opregion_info info;
	struct igd_source s;
	int ret = -ENODEV;

	if (p->region >= 0 && g->info.rvda == OPREGION_SIZE && opregion_relative(&g->info) &&
	    g->dev->region[p->region].size >= OPREGION_SIZE + (uint64_t)g->info.rvds) {
		ret = g->dev->ops->read(g->dev, (unsigned)p->region, OPREGION_SIZE, vbt,
					g->info.rvds);
		if (ret)
			because(p, "VFIO's region: %s", strerror(-ret));
		return ret;
	}
	because(p, "VFIO does not have it");
	for (unsigned kind = 0; kind < IGD_SOURCES && ret && g->shape == IGD_PHYSICAL; kind++) {
		if (!igd_source_applies(g, (enum igd_source_kind)kind))
			continue;
		ret = open_source(g, p, &s, (enum igd_source_kind)kind, head, &info);
		if (ret)
			continue;
		/* there is room for what the first header said */
		ret = info.rvds == g->info.rvds ? igd_source_vbt(&s, &info, vbt) : -ESTALE;
		if (ret)
			because(p, "%s", ret == -ESTALE ? "its size has changed" : s.why);
		igd_source_close(&s);
	}
	return ret;
}

static int try_copy(struct igd *g, struct probe *p)
{
	uint32_t vbt_len = 0;
	int ret = p->region >= 0 ? 0 : read_head(g, p);

	if (ret)
		return ret;
	if (opregion_extended_vbt(&g->info) && g->info.rvds <= OPREGION_VBT_MAX)
		vbt_len = g->info.rvds;
	ret = new_copy(g, vbt_len);
	if (ret) {
		because(p, "no memory for a copy");
		return ret;
	}
	memcpy(g->pages, p->head, OPREGION_SIZE);
	if (vbt_len && read_vbt(g, p, (uint8_t *)g->pages + OPREGION_SIZE)) {
		igd_pages_free((uint8_t *)g->pages + OPREGION_SIZE,
			       g->opregion_len - OPREGION_SIZE);
		g->opregion_len = OPREGION_SIZE;
		vbt_len = 0;
	}
	if (opregion_extended_vbt(&g->info) && !vbt_len)
		log_warn("%s: the pointer to an extended VBT of %u bytes was cleared, the guest's "
			 "driver takes mailbox 4: %s",
			 g->host.name, g->info.rvds,
			 g->info.rvds > OPREGION_VBT_MAX ? "no VBT is that large" : p->why);
	/* a mediated device's driver on the host answers calls, firmware would not */
	opregion_seal(g->pages, vbt_len, g->shape == IGD_MDEV);
	return 0;
}

static int try_file(struct igd *g)
{
	struct igd_image image = { 0 };
	int ret = igd_image_read(&image, &g->config);

	if (!ret && new_copy(g, image.vbt_len))
		ret = log_err(-ENOMEM, "%s: memory for the OpRegion: %m", g->host.name);
	if (!ret) {
		memcpy(g->pages, image.bytes, OPREGION_SIZE + image.vbt_len);
		g->info = image.info;
		g->opregion = OPREGION_FILE;
		say(g, "from %s", g->config.opregion_file);
	}
	igd_image_fini(&image);
	return ret;
}

/* ---- which ---- */

/* Live, or in auto mode else a copy. 0 or -errno with p->why. */
static int decide(struct igd *g, struct probe *p)
{
	const enum opregion_policy asked = g->config.opregion;
	int ret;

	if (asked != OPREGION_COPY && g->shape == IGD_PHYSICAL) {
		ret = try_live(g, p);
		if (!ret)
			g->opregion = asked == OPREGION_LAZY ? OPREGION_LAZY : OPREGION_LIVE;
		if (!ret || asked != OPREGION_AUTO)
			return ret;
		say(g, "copied, live is not possible: %s", p->why);
		p->why[0] = '\0';
	} else {
		say(g, "copied");
	}
	ret = try_copy(g, p);
	if (!ret)
		g->opregion = OPREGION_COPY;
	return ret;
}

/* What the option asks of the host. Auto goes on without where there is nothing. */
static int find(struct igd *g)
{
	struct probe p = { .why = "" };
	uint8_t raw[4];
	int ret;

	if (g->shape == IGD_PHYSICAL && !sysfs_config(&g->host, IGD_ASLS, raw, sizeof(raw)))
		g->host_asls = get_le32(raw);
	ret = read_region(g, &p);
	if (ret == -ENOENT && g->shape == IGD_MDEV)
		because(&p, "the mediated device has no OpRegion region");
	else if (!ret || ret == -ENOENT)
		ret = decide(g, &p);
	if (!ret)
		return 0;
	if (p.region < 0 && g->shape == IGD_PHYSICAL)
		because(&p,
			"VFIO has no OpRegion for it (ASLS is %#x; it needs firmware with an "
			"OpRegion, and CONFIG_VFIO_PCI_IGD)",
			g->host_asls);
	if (g->config.opregion != OPREGION_AUTO || ret == -ENOMEM)
		return log_err(ret,
			       "%s: opregion=%s is not possible: %s; opregion=file=F takes one "
			       "from a file, opregion=off starts without",
			       g->host.name, igd_policy_name(g->config.opregion), p.why);
	say(g, "none, the guest's driver guesses the outputs: %s", p.why);
	return 0;
}

/* A policy that the kind of function rules out. */
static int check_shape(const struct igd *g)
{
	const enum opregion_policy asked = g->config.opregion;

	if (g->shape == IGD_VF && (is_live(asked) || asked == OPREGION_COPY))
		return log_err(-EINVAL,
			       "%s: opregion=%s: a virtual function has no OpRegion; "
			       "opregion=file=F takes one from a file, opregion=off starts without",
			       g->host.name, igd_policy_name(asked));
	if (g->shape == IGD_MDEV && is_live(asked))
		return log_err(-EINVAL,
			       "%s: opregion=%s: a mediated device's OpRegion is made for it, not "
			       "the host's; opregion=copy shows it",
			       g->host.name, igd_policy_name(asked));
	return 0;
}

/* ---- doorbells ---- */

static bool doorbells_pass(const struct igd *g)
{
	return g->shape == IGD_MDEV ||
	       (g->config.doorbells == DOORBELLS_PASS && is_live(g->opregion));
}

/* What the guest's driver will notice. */
static void say_doorbells(const struct igd *g)
{
	if (g->config.doorbells == DOORBELLS_PASS && !doorbells_pass(g))
		log_info("%s: doorbells=pass: the OpRegion is not the host's own, so SWSMI, ASLE "
			 "and SWSCI stay dropped",
			 g->host.name);
	/* mailbox 2 is not used from version 3 on: Linux intel_opregion.c */
	if (is_live(g->opregion) && !doorbells_pass(g) && (g->info.mailboxes & OPREGION_SWSCI) &&
	    g->info.major < 3)
		log_info("%s: SWSCI is dropped, so calls of the guest's driver into firmware time "
			 "out; doorbells=pass lets them through",
			 g->host.name);
}

static void lay_doorbells(const struct igd *g, struct vfio_pci *v)
{
	for (size_t i = 0; i < ARRAY_SIZE(doorbell); i++) {
		const struct cfg_policy row = { doorbell[i].off, doorbell[i].len,
						doorbells_pass(g) ? CFG_PASS : CFG_SHADOW_RO };

		vfio_pci_policy(v, &row, 1);
		vfio_pci_name(v, doorbell[i].off, doorbell[i].len, doorbell[i].name);
	}
}

/* ---- */

int igd_opregion_check(const struct config_igd *c)
{
	struct igd_image image = { 0 };
	int ret;

	if (c->vbt_file && c->opregion != OPREGION_FILE)
		return log_err(-EINVAL,
			       "--igd vbt=%s goes into the OpRegion of a file; give "
			       "opregion=file=F too, F may be the VBT itself",
			       c->vbt_file);
	if (c->doorbells == DOORBELLS_PASS && !is_live(c->opregion) && c->opregion != OPREGION_AUTO)
		return log_err(-EINVAL,
			       "--igd doorbells=pass needs the host's own OpRegion, in which "
			       "firmware answers; give opregion=live or lazy, not %s",
			       igd_policy_name(c->opregion));
	if (c->opregion != OPREGION_FILE)
		return 0;
	ret = igd_image_read(&image, c);
	igd_image_fini(&image);
	return ret;
}

int igd_opregion_probe(struct igd *g)
{
	char version[16] = "";
	int ret = check_shape(g);

	if (ret)
		return ret;
	if (g->config.opregion == OPREGION_OFF)
		say(g, "off: the guest's driver has no VBT and guesses the outputs");
	else if (g->config.opregion == OPREGION_FILE)
		ret = try_file(g);
	else if (g->shape == IGD_VF)
		say(g, "off: a virtual function has none");
	else
		ret = find(g);
	if (ret)
		return ret;
	if (g->opregion_len)
		snprintf(version, sizeof(version), "%u.%u ", g->info.major, g->info.minor);
	log_info("%s: %s, stolen memory %llu MiB, OpRegion %s%s", g->host.name, g->gen->title,
		 (unsigned long long)(g->stolen / MiB), version, g->opregion_why);
	say_doorbells(g);
	return 0;
}

/*
 * A mediated device's driver reads requests from the guest's OpRegion and must know where that is
 * (Linux drivers/gpu/drm/i915/gvt/opregion.c, intel_vgpu_opregion_base_write_handler).
 */
static int tell_host_driver(struct igd *g, uint64_t gpa)
{
	uint8_t raw[4];
	int ret;

	put_le32(raw, (uint32_t)gpa);
	ret = g->dev->ops->write(g->dev, VFIO_CONFIG, IGD_ASLS, raw, sizeof(raw));
	return ret ? log_err(ret,
			     "%s: the host's driver does not take the OpRegion's address %#llx: %m",
			     g->host.name, (unsigned long long)gpa)
		   : 0;
}

int igd_opregion_map(struct igd *g, const struct igd_parts *p)
{
	const struct mem_range *r = memmap_find(p->map, MEM_OPREGION);
	struct mem_region region = { .kind = MEM_KIND_SHARED, .name = "igd-opregion" };
	int ret;

	lay_doorbells(g, p->v);
	if (!g->opregion_len)
		return 0;
	if (!r || r->size < g->opregion_len)
		return log_err(-EINVAL, "%s: the plan has no room for the OpRegion", g->host.name);
	region.gpa = r->gpa;
	region.size = g->opregion_len;
	region.hva = g->pages;
	g->mem = p->mem;
	ret = g->opregion == OPREGION_LAZY ? igd_lazy_init(&g->lazy, &region, p)
					   : mem_map(p->mem, &region);
	if (ret)
		return log_err(ret, "%s: OpRegion at %#llx: %m", g->host.name,
			       (unsigned long long)r->gpa);
	g->opregion_gpa = r->gpa;
	return g->shape == IGD_MDEV ? tell_host_driver(g, r->gpa) : 0;
}

void igd_opregion_fini(struct igd *g)
{
	igd_lazy_fini(&g->lazy);
	if (g->opregion_gpa)
		mem_unmap(g->mem, g->opregion_gpa);
	g->opregion_gpa = 0;
	igd_pages_free(g->pages, g->opregion_len);
	g->pages = NULL;
}
