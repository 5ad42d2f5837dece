// SPDX-License-Identifier: BSD-2-Clause
/*
 * igd_lazy.c - map at fault: a reserved range with nothing in it, until somebody looks.
 *
 * The range is a region of the MMIO bus. The first access maps the pages and is carried out on them
 * here; the memslot then takes all that follow. The bus region stays, for other vCPUs' accesses that
 * were on the way. Device lock held throughout. Must not know what the pages are.
 */
#include "igd_lazy.h"
#include "igd.h"
#include "log.h"
#include "stop.h"
#include "util.h"

/* True when the pages are there now. */
static bool fill(struct igd_lazy *l)
{
	int ret;

	if (l->state != LAZY_EMPTY)
		return l->state == LAZY_MAPPED;
	ret = mem_map(l->mem, &l->pages);
	l->state = ret ? LAZY_FAILED : LAZY_MAPPED;
	if (!ret) {
		log_debug("%s: first access, mapped", l->pages.name);
		return true;
	}
	log_err(ret,
		"%s: the first access at %#llx cannot be served, the guest is stopped: %m; "
		"opregion=live maps at start",
		l->pages.name, (unsigned long long)l->pages.gpa);
	stop_request(l->stop, STOP_HOST_ERROR, 0);
	return false;
}

static void lazy_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct igd_lazy *l = container_of(r, struct igd_lazy, trap);

	if (fill(l))
		memcpy(buf, (char *)l->pages.hva + off, len);
	else
		memset(buf, 0xff, len);
}

static void lazy_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct igd_lazy *l = container_of(r, struct igd_lazy, trap);

	if (fill(l))
		memcpy((char *)l->pages.hva + off, buf, len);
}

static const struct bus_ops ops = { lazy_read, lazy_write };

/* KVM does not say where the access went: it may have been here, as long as nothing is here. */
static bool lazy_fault(struct exit_fault *f)
{
	struct igd_lazy *l = container_of(f, struct igd_lazy, fault);

	return l->state == LAZY_EMPTY && fill(l);
}

int igd_lazy_init(struct igd_lazy *l, const struct mem_region *pages, const struct igd_parts *p)
{
	int ret;

	*l = (struct igd_lazy){
		.trap = { pages->gpa, pages->size, 8, &ops, pages->name },
		.fault = { .handle = lazy_fault, .instructions = true },
		.pages = *pages,
		.mem = p->mem,
		.mmio = p->mmio,
		.faults = p->faults,
		.stop = p->stop,
	};
	ret = bus_add(l->mmio, &l->trap);
	if (ret) {
		l->mmio = NULL;
		return ret;
	}
	exit_fault_add(l->faults, &l->fault);
	return 0;
}

void igd_lazy_fini(struct igd_lazy *l)
{
	if (!l->mmio)
		return;
	exit_fault_remove(l->faults, &l->fault);
	bus_remove(l->mmio, &l->trap);
	l->mmio = NULL;
}
