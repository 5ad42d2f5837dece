// SPDX-License-Identifier: BSD-2-Clause
/*
 * cpuid.c - fill in what KVM leaves to the VMM: APIC ids, topology, TSC frequency.
 * Never asks which vendor or virtualisation the host has; a leaf KVM lists is kept as it is.
 */
#include <linux/kvm.h>

#include "cpuid.h"
#include "util.h"

/* clang-format off */
#define LEAF_FEATURES	    0x01
#define   FEATURES_ECX_X2APIC	    BIT(21)
#define   FEATURES_ECX_TSC_DEADLINE BIT(24)
#define   FEATURES_ECX_HYPERVISOR   BIT(31)
#define   FEATURES_EBX_LOGICAL	    GENMASK(23, 16)
#define   FEATURES_EBX_APIC_ID	    GENMASK(31, 24)
#define   FEATURES_EDX_HTT	    BIT(28)
#define LEAF_CACHE	    0x04
#define   CACHE_EAX_TYPE	    GENMASK(4, 0)
#define   CACHE_EAX_LEVEL	    GENMASK(7, 5)
#define   CACHE_EAX_SHARING	    GENMASK(25, 14)
#define   CACHE_EAX_CORES	    GENMASK(31, 26)
#define LEAF_TOPOLOGY	    0x0b
#define LEAF_TSC	    0x15
#define LEAF_FREQUENCY	    0x16
#define LEAF_TOPOLOGY_V2    0x1f
#define LEAF_HYPERVISOR	    0x40000000
#define LEAF_HV_TIMING	    0x40000010 /* kHz of TSC and APIC bus; VMware's, read by several guests */
#define LEAF_EXT_FEATURES   0x80000001
#define   EXT_ECX_CMP_LEGACY	    BIT(1)
#define LEAF_POWER	    0x80000007
#define   POWER_EDX_INVARIANT_TSC   BIT(8)
#define LEAF_SIZES	    0x80000008
#define   SIZES_ECX_CORES	    GENMASK(7, 0)
#define   SIZES_ECX_ID_BITS	    GENMASK(15, 12)
#define LEAF_AMD_CACHE	    0x8000001d
#define LEAF_AMD_TOPOLOGY   0x8000001e
#define   AMD_EBX_CORE		    GENMASK(7, 0)
#define   AMD_EBX_THREADS	    GENMASK(15, 8)
#define   AMD_ECX_NODE		    GENMASK(7, 0)
/* clang-format on */

#define TOPOLOGY_SMT  (1u << 8)
#define TOPOLOGY_CORE (2u << 8)

static struct kvm_cpuid_entry2 *find(struct kvm_cpuid2 *list, uint32_t function)
{
	for (unsigned i = 0; i < list->nent; i++)
		if (list->entries[i].function == function)
			return &list->entries[i];
	return NULL;
}

static void drop(struct kvm_cpuid2 *list, uint32_t function)
{
	unsigned n = 0;

	for (unsigned i = 0; i < list->nent; i++)
		if (list->entries[i].function != function)
			list->entries[n++] = list->entries[i];
	list->nent = n;
}

static void add(struct kvm_cpuid2 *list, struct kvm_cpuid_entry2 e)
{
	list->entries[list->nent++] = e;
}

static void set_field(uint32_t *reg, uint64_t mask, uint32_t value)
{
	*reg = (uint32_t)((*reg & ~mask) | FIELD_PREP(mask, value));
}

/* vCPUs of a package. */
static unsigned package_cpus(const struct cpuid_params *p)
{
	return p->topology.cores * p->topology.threads;
}

/* APIC ids of a package, those nobody has included. */
static unsigned package_ids(const struct cpuid_params *p)
{
	return 1u << topology_socket_shift(&p->topology);
}

/* Extended topology: threads of a core, then cores of the package, then the end marker. */
static void topology(struct kvm_cpuid2 *list, uint32_t leaf, const struct cpuid_params *p)
{
	drop(list, leaf);
	for (uint32_t i = 0; i < 3; i++) {
		struct kvm_cpuid_entry2 e = {
			.function = leaf,
			.index = i,
			.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
			.ecx = i,
			.edx = p->apic_id,
		};

		if (i == 0) {
			e.eax = topology_bits(p->topology.threads);
			e.ebx = p->topology.threads;
			e.ecx |= TOPOLOGY_SMT;
		} else if (i == 1) {
			e.eax = topology_socket_shift(&p->topology);
			e.ebx = package_cpus(p);
			e.ecx |= TOPOLOGY_CORE;
		}
		add(list, e);
	}
}

static void edit_features(struct kvm_cpuid_entry2 *e, const struct cpuid_params *p)
{
	set_field(&e->ebx, FEATURES_EBX_APIC_ID, p->apic_id & 0xff);
	set_field(&e->ebx, FEATURES_EBX_LOGICAL, MIN(package_ids(p), 255u));
	set_field(&e->edx, FEATURES_EDX_HTT, package_cpus(p) > 1);
	set_field(&e->ecx, FEATURES_ECX_TSC_DEADLINE, p->tsc_deadline);
	e->ecx |= FEATURES_ECX_HYPERVISOR | FEATURES_ECX_X2APIC;
}

/* Caches up to level 2 belong to one core and its threads, those above to the package. */
static void edit_cache(struct kvm_cpuid_entry2 *e, const struct cpuid_params *p, bool amd)
{
	unsigned shared;

	if (!FIELD_GET(CACHE_EAX_TYPE, e->eax))
		return;
	shared = FIELD_GET(CACHE_EAX_LEVEL, e->eax) > 2 ? package_ids(p)
							: 1u << topology_bits(p->topology.threads);
	set_field(&e->eax, CACHE_EAX_SHARING, MIN(shared, 4096u) - 1);
	if (!amd)
		set_field(&e->eax, CACHE_EAX_CORES,
			  MIN(1u << topology_bits(p->topology.cores), 64u) - 1);
}

/* Core within the socket; one node for each socket. */
static void edit_amd_topology(struct kvm_cpuid_entry2 *e, const struct cpuid_params *p)
{
	unsigned core = p->apic_id % package_ids(p) >> topology_bits(p->topology.threads);

	e->eax = p->apic_id;
	e->ebx = (uint32_t)(FIELD_PREP(AMD_EBX_CORE, core) |
			    FIELD_PREP(AMD_EBX_THREADS, p->topology.threads - 1));
	e->ecx = (uint32_t)FIELD_PREP(AMD_ECX_NODE, p->apic_id / package_ids(p));
}

/* amd: the list has AMD's topology leaves, so its other topology fields count too. */
static void edit_entry(struct kvm_cpuid_entry2 *e, const struct cpuid_params *p, bool amd)
{
	switch (e->function) {
	case LEAF_FEATURES:
		edit_features(e, p);
		break;
	case LEAF_CACHE:
		edit_cache(e, p, false);
		break;
	case LEAF_AMD_CACHE:
		edit_cache(e, p, true);
		break;
	case LEAF_EXT_FEATURES:
		set_field(&e->ecx, EXT_ECX_CMP_LEGACY, amd && package_cpus(p) > 1);
		break;
	case LEAF_POWER:
		set_field(&e->edx, POWER_EDX_INVARIANT_TSC, p->tsc_khz != 0);
		break;
	case LEAF_SIZES:
		if (!amd)
			break;
		set_field(&e->ecx, SIZES_ECX_CORES, MIN(package_cpus(p), 256u) - 1);
		set_field(&e->ecx, SIZES_ECX_ID_BITS, topology_socket_shift(&p->topology));
		break;
	case LEAF_AMD_TOPOLOGY:
		edit_amd_topology(e, p);
		break;
	default:
		break;
	}
}

/* Leaves KVM lists only where the host has them, or not at all. */
static void add_frequencies(struct kvm_cpuid2 *list, uint32_t tsc_khz)
{
	struct kvm_cpuid_entry2 *basic = find(list, 0), *hv = find(list, LEAF_HYPERVISOR);

	if (basic)
		basic->eax = MAX(basic->eax, (uint32_t)LEAF_FREQUENCY);
	if (hv)
		hv->eax = MAX(hv->eax, (uint32_t)LEAF_HV_TIMING);
	drop(list, LEAF_TSC);
	drop(list, LEAF_FREQUENCY);
	/* crystal (the APIC timer's clock, Hz) x numerator / denominator = TSC, exactly */
	add(list, (struct kvm_cpuid_entry2){ .function = LEAF_TSC,
					     .eax = CPUID_APIC_BUS_KHZ,
					     .ebx = tsc_khz,
					     .ecx = CPUID_APIC_BUS_KHZ * 1000u });
	add(list, (struct kvm_cpuid_entry2){ .function = LEAF_FREQUENCY,
					     .eax = tsc_khz / 1000,
					     .ebx = tsc_khz / 1000,
					     .ecx = 100 });
	if (!hv)
		return;
	drop(list, LEAF_HV_TIMING);
	add(list, (struct kvm_cpuid_entry2){
			  .function = LEAF_HV_TIMING, .eax = tsc_khz, .ebx = CPUID_APIC_BUS_KHZ });
}

void cpuid_build(struct kvm_cpuid2 *list, const struct cpuid_params *p)
{
	const struct kvm_cpuid_entry2 *basic;
	const struct kvm_cpuid_entry2 *ext = find(list, 0x80000000);
	bool amd = find(list, LEAF_AMD_TOPOLOGY) != NULL;

	if (ext && ext->eax >= LEAF_POWER && !find(list, LEAF_POWER))
		add(list, (struct kvm_cpuid_entry2){ .function = LEAF_POWER });
	if (p->tsc_khz)
		add_frequencies(list, p->tsc_khz);
	for (unsigned i = 0; i < list->nent; i++)
		edit_entry(&list->entries[i], p, amd);
	basic = find(list, 0);
	if (basic && basic->eax >= LEAF_TOPOLOGY)
		topology(list, LEAF_TOPOLOGY, p);
	if (find(list, LEAF_TOPOLOGY_V2))
		topology(list, LEAF_TOPOLOGY_V2, p);
}
