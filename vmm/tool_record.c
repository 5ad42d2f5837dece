// SPDX-License-Identifier: BSD-2-Clause
/*
 * tool_record.c - gather what the host tells of its GPU, then write it as a fixture.
 * Knows which files there are and what must not be in them; the OpRegion is record_opregion.c's.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "bdf.h"
#include "exit_code.h"
#include "igd_regs.h"
#include "log.h"
#include "pci_regs.h"
#include "record_host.h"
#include "tool_record.h"
#include "util.h"
#include "vfio_fixture.h"

#define TEXT_MAX    (64 * KiB)
#define CONFIG_SIZE 256 /* without PCI Express; all of a bridge that VFIO shows */
#define PHYS_BITS   39	/* the least that a CPU with such a GPU has */

/* Capability of the extended config space that holds a serial number (PCI Express 4.0, 7.9.3) */
#define EXT_CAP_START  0x100
#define EXT_CAP_SERIAL 0x0003
#define SERIAL_AT      4
#define SERIAL_SIZE    8

/* sysfs's "resource": one line a BAR, then the ROM (Linux include/linux/ioport.h) */
#define RESOURCE_IO  0x100
#define RESOURCE_MEM 0x200

/* ---- files ---- */

/* Attribute `from` of the device as file `name`; an absent one is a note. */
static int copy_attr(struct record *r, const char *from, const char *name)
{
	char path[PATH_MAX];
	uint8_t *text;
	int64_t n;
	int ret;

	snprintf(path, sizeof(path), "%s/%s", r->host.dir, from);
	n = record_read_file(path, TEXT_MAX, &text);
	if (n < 0) {
		record_note(r, name, "not recorded: %s", strerror((int)-n));
		return 0;
	}
	ret = fixture_dir_write(&r->out, name, text, (size_t)n);
	free(text);
	return ret;
}

static int write_attrs(struct record *r)
{
	static const char *const attrs[] = {
		"class",	"vendor",	    "device",
		"revision",	"subsystem_vendor", "subsystem_device",
		"reset_method", "resource",
	};
	static const char *const links[] = { "iommu_group", "physfn", "mdev_type", "driver" };
	char target[SYSFS_NAME_MAX];
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(attrs) && !ret; i++)
		ret = copy_attr(r, attrs[i], attrs[i]);
	for (size_t i = 0; i < ARRAY_SIZE(links) && !ret; i++)
		if (!sysfs_link(&r->host, links[i], target, sizeof(target)))
			ret = fixture_dir_link(&r->out, links[i], target);
	return ret;
}

/* An empty list where there is no IOMMU: what igdvm then says is about the host, not the fixture. */
static int write_reserved(struct record *r)
{
	char group[SYSFS_NAME_MAX];

	if (!sysfs_link(&r->host, "iommu_group", group, sizeof(group)))
		return copy_attr(r, "iommu_group/reserved_regions", "reserved_regions");
	record_note(r, "reserved_regions", "empty: the device is in no IOMMU group");
	return fixture_dir_write(&r->out, "reserved_regions", "", 0);
}

/* ---- the device ---- */

static void hide_serial(uint8_t *config, size_t len)
{
	size_t off = EXT_CAP_START;

	for (unsigned n = 0; n < 64 && off >= EXT_CAP_START && off + 12 <= len; n++) {
		uint32_t header = get_le32(config + off);

		if ((header & 0xffff) == EXT_CAP_SERIAL)
			memset(config + off + SERIAL_AT, 0, SERIAL_SIZE);
		off = header >> 20 & ~3u;
	}
}

static int identify(struct record *r, const char *device)
{
	uint64_t class_code, vendor;
	char dir[SYSFS_DIR_MAX];
	int n, ret = sysfs_dev_init(&r->host, device);

	if (ret)
		return log_err(ret, "%s: no PCI address and no path in sysfs", device);
	n = snprintf(dir, sizeof(dir), "%s%s", r->root, r->host.dir);
	if ((size_t)n >= sizeof(dir))
		return log_err(-ENAMETOOLONG, "%s: the path is too long", device);
	strcpy(r->host.dir, dir);
	if (!sysfs_exists(&r->host))
		return log_err(-ENODEV, "%s: no such PCI device; lspci -D lists them", device);
	ret = sysfs_number(&r->host, "class", &class_code);
	if (!ret)
		ret = sysfs_number(&r->host, "vendor", &vendor);
	if (ret)
		return log_err(ret, "%s: class and vendor in sysfs: %m; name a PCI device", device);
	if (class_code >> 16 != CLASS_DISPLAY || vendor != INTEL_VENDOR)
		return log_err(-ENODEV,
			       "%s: vendor %04llx, class %06llx: only Intel GPUs are recorded, "
			       "lspci -D -d 8086::03xx lists them",
			       device, (unsigned long long)vendor, (unsigned long long)class_code);
	return 0;
}

static int read_config(struct record *r)
{
	int ret;

	r->config_size = RECORD_CONFIG_MAX;
	ret = sysfs_config(&r->host, 0, r->config, r->config_size);
	if (ret == -EIO) {
		r->config_size = CONFIG_SIZE;
		ret = sysfs_config(&r->host, 0, r->config, r->config_size);
	}
	if (ret)
		return log_err(ret, "%s: its config space cannot be read whole: %m; run as root",
			       r->host.name);
	hide_serial(r->config, r->config_size);
	return 0;
}

static int open_vfio(struct record *r)
{
	char driver[SYSFS_NAME_MAX] = "none";
	int ret;

	sysfs_link(&r->host, "driver", driver, sizeof(driver));
	if (strcmp(driver, "vfio-pci")) {
		record_note(r, "driver",
			    "%s: no VFIO; regions, irqs and bridges are from sysfs, as VFIO would "
			    "show them; pages of BAR0 need vfio-pci",
			    driver);
		return 0;
	}
	ret = iommu_add(&r->iommu, &r->host);
	if (ret >= 0)
		ret = vfio_dev_init(&r->dev, ret, &r->host);
	r->vfio = !ret;
	return ret;
}

/* ---- what VFIO would show, where it cannot be asked ---- */

static void add_region(struct record *r, unsigned index, struct vfio_region region)
{
	r->dev.region[index] = region;
	r->dev.n_regions = MAX(r->dev.n_regions, index + 1);
}

static void regions_from_resource(struct record *r)
{
	unsigned long long first, last, flags;
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/resource", r->host.dir);
	f = fopen(path, "re");
	for (unsigned i = 0; f && i <= VFIO_ROM; i++) {
		bool mem;

		if (fscanf(f, "%llx %llx %llx", &first, &last, &flags) != 3)
			break;
		mem = flags & RESOURCE_MEM;
		if (last <= first || (!mem && !(flags & RESOURCE_IO)))
			continue;
		add_region(r, i,
			   (struct vfio_region){ .size = last - first + 1,
						 .readable = true,
						 .writable = i != VFIO_ROM,
						 .mappable = mem && i != VFIO_ROM &&
							     last - first + 1 >= 4 * KiB });
	}
	if (f)
		fclose(f);
}

static void irqs_from_config(struct record *r)
{
	const uint8_t *c = r->config;
	unsigned off = c[PCI_STATUS] & PCI_STATUS_CAP_LIST ? c[PCI_CAP_POINTER] & ~3u : 0;

	r->dev.irq[VFIO_INTX] = (struct vfio_irq){ .count = !!c[PCI_INT_PIN], .maskable = true };
	for (unsigned n = 0; n < 48 && off >= PCI_HEADER_SIZE; n++) {
		if (c[off] == PCI_CAP_ID_MSI)
			r->dev.irq[VFIO_MSI].count =
				1u
				<< FIELD_GET(MSI_CONTROL_CAPABLE, get_le16(c + off + MSI_CONTROL));
		off = c[off + PCI_CAP_NEXT] & ~3u;
	}
}

/* A bridge is the device's neighbour in sysfs; the class is what vfio_pci_igd asks for. */
static int bridge_from_sysfs(struct record *r, unsigned subtype, const char *bdf,
			     uint32_t class_code, const char *name)
{
	struct record_blob *b = &r->blob[subtype];
	struct sysfs_dev bridge = r->host;
	char *last = strrchr(bridge.dir, '/');

	snprintf(last, sizeof(bridge.dir) - (size_t)(last - bridge.dir), "/%s", bdf);
	b->bytes = calloc(1, CONFIG_SIZE);
	if (!b->bytes)
		return log_err(-ENOMEM, "%s: %m", name);
	if (sysfs_config(&bridge, 0, b->bytes, CONFIG_SIZE))
		record_note(r, name, "not recorded: %s has no config space that can be read", bdf);
	else if (get_le16(b->bytes) != INTEL_VENDOR ||
		 get_le32(b->bytes + PCI_REVISION) >> 8 != class_code)
		record_note(r, name, "not recorded: %s is no such bridge of Intel's", bdf);
	else
		*b = (struct record_blob){ b->bytes, CONFIG_SIZE, "sysfs" };
	return 0;
}

static int bridges_from_sysfs(struct record *r)
{
	int ret = bridge_from_sysfs(r, VFIO_INTEL_HOST_CFG, "0000:00:00.0", CLASS_HOST_BRIDGE,
				    "host-bridge");

	return ret ? ret
		   : bridge_from_sysfs(r, VFIO_INTEL_LPC_CFG, "0000:00:1f.0", CLASS_ISA_BRIDGE,
				       "lpc-bridge");
}

static int assume_vfio(struct record *r)
{
	int ret = 0;

	regions_from_resource(r);
	irqs_from_config(r);
	add_region(r, VFIO_CONFIG,
		   (struct vfio_region){
			   .size = r->config_size, .readable = true, .writable = true });
	/* Linux drivers/vfio/pci/vfio_pci_igd.c, vfio_pci_igd_init(): no OpRegion, no bridges */
	if (!record_asls(r))
		record_note(r, "host-bridge, lpc-bridge",
			    "not recorded: without an OpRegion VFIO shows none");
	else
		ret = bridges_from_sysfs(r);
	for (unsigned i = VFIO_INTEL_OPREGION, index = VFIO_VGA + 1; i < RECORD_VENDOR_MAX; i++)
		if (r->blob[i].len)
			add_region(r, index++,
				   (struct vfio_region){ .size = r->blob[i].len,
							 .readable = true,
							 .type = VFIO_INTEL_TYPE,
							 .subtype = i });
	return ret;
}

/* ---- regions ---- */

static int fetch(struct record *r, const struct fixture_file *f, unsigned region, uint8_t *to,
		 size_t len)
{
	if (r->vfio) {
		record_note(r, f->name, "from VFIO");
		return r->dev.ops->read(&r->dev, region, f->off, to, len);
	}
	if (f->region >= 0)
		return -ENODEV;
	memcpy(to, r->blob[f->subtype].bytes, len);
	record_note(r, f->name, "from %s", r->blob[f->subtype].from);
	return 0;
}

/* A region that cannot be read whole is no longer in the table: nobody could replay it. */
static int write_region(struct record *r, const struct fixture_file *f)
{
	int region = vfio_fixture_region(&r->dev, f), ret;
	uint8_t *buf;
	size_t len;

	if (region < 0 || (f->region >= 0 && !r->vfio))
		return 0;
	len = f->len ? f->len : r->dev.region[region].size;
	buf = calloc(1, len);
	if (!buf)
		return log_err(-ENOMEM, "%s: %zu bytes: %m", f->name, len);
	ret = fetch(r, f, (unsigned)region, buf, len);
	if (ret) {
		record_note(r, f->name, "not recorded: %s", strerror(-ret));
		if (!f->len && region > VFIO_VGA)
			r->dev.region[region].size = 0;
		ret = region == VFIO_CONFIG
			      ? log_err(ret, "%s: config space by VFIO: %m", r->host.name)
			      : 0;
	} else {
		if (f->subtype == VFIO_INTEL_OPREGION)
			record_hide_edid(buf, len);
		else if (!f->len)
			hide_serial(buf, len);
		ret = fixture_dir_write(&r->out, f->name, buf, len);
	}
	free(buf);
	return ret;
}

static void print_region(FILE *f, unsigned index, const struct vfio_region *r)
{
	fprintf(f, "%u 0x%llx %c%c%c 0x%x 0x%x", index, (unsigned long long)r->size,
		r->readable ? 'r' : '-', r->writable ? 'w' : '-', r->mappable ? 'm' : '-', r->type,
		r->subtype);
	for (unsigned i = 0; i < r->n_areas; i++)
		fprintf(f, " 0x%llx 0x%llx", (unsigned long long)r->area[i].off,
			(unsigned long long)r->area[i].size);
	fputc('\n', f);
}

static int write_tables(struct record *r)
{
	char *regions = NULL, *irqs = NULL;
	size_t regions_len, irqs_len;
	FILE *f = open_memstream(&regions, &regions_len), *g = open_memstream(&irqs, &irqs_len);
	int ret = f && g ? 0 : log_err(-ENOMEM, "%s: tables: %m", r->host.name);

	for (unsigned i = 0; !ret && i < r->dev.n_regions; i++)
		if (r->dev.region[i].size)
			print_region(f, i, &r->dev.region[i]);
	for (unsigned i = 0; !ret && i < VFIO_IRQS; i++)
		fprintf(g, "%u %u %c\n", i, r->dev.irq[i].count,
			r->dev.irq[i].maskable ? 'm' : '-');
	if (f)
		fclose(f);
	if (g)
		fclose(g);
	if (!ret)
		ret = fixture_dir_write(&r->out, "regions", regions, regions_len);
	if (!ret)
		ret = fixture_dir_write(&r->out, "irqs", irqs, irqs_len);
	free(regions);
	free(irqs);
	return ret;
}

/* ---- the host ---- */

/* The text behind "KEY<tabs>: " in /proc/cpuinfo, in a line of its own; "unknown" without. */
static void cpuinfo(const struct record *r, const char *key, char *out, size_t size)
{
	char path[PATH_MAX], line[512];
	FILE *f;

	snprintf(out, size, "unknown");
	snprintf(path, sizeof(path), "%s/proc/cpuinfo", r->root);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		char *value = strchr(line, ':');

		if (!value || strncmp(line, key, strlen(key)))
			continue;
		value[strcspn(value, "\n")] = '\0';
		snprintf(out, size, "%s", value + 1 + (value[1] == ' '));
		break;
	}
	if (f)
		fclose(f);
}

static int write_phys_bits(struct record *r)
{
	char text[64];
	unsigned bits;

	cpuinfo(r, "address sizes", text, sizeof(text));
	if (sscanf(text, "%u bits physical", &bits) != 1 || bits < 32 || bits > 52) {
		bits = PHYS_BITS;
		record_note(r, "phys_bits", "not known, %u is assumed", bits);
	}
	snprintf(text, sizeof(text), "%u\n", bits);
	return fixture_dir_write(&r->out, "phys_bits", text, strlen(text));
}

static void describe_host(struct record *r)
{
	static const char *const dmi[] = { "sys_vendor", "product_name", "board_name",
					   "bios_version", "bios_date" };
	struct sysfs_dev id = { .name = "dmi" };
	struct utsname u = { .release = "unknown" };
	char text[128];
	struct bdf bdf;

	fprintf(r->notes, FIXTURE_MAGIC "\nrecorded by igdvm %s\n", IGDVM_VERSION);
	if (!bdf_parse(r->host.name, &bdf))
		record_note(r, "device", "%s, %04x:%04x", r->host.name,
			    get_le16(r->config + PCI_VENDOR), get_le16(r->config + PCI_DEVICE));
	uname(&u);
	record_note(r, "kernel", "%s", u.release);
	cpuinfo(r, "model name", text, sizeof(text));
	record_note(r, "processor", "%s", text);
	snprintf(id.dir, sizeof(id.dir), "%s/sys/class/dmi/id", r->root);
	for (size_t i = 0; i < ARRAY_SIZE(dmi); i++)
		if (!sysfs_text(&id, dmi[i], text, sizeof(text)))
			record_note(r, dmi[i], "%s", text);
	fprintf(r->notes, "left out: serial numbers, UUIDs, host and user names; the serial number "
			  "in config space and the EDID in the OpRegion are overwritten by 0\n\n");
}

static int write_manifest(struct record *r)
{
	if (fflush(r->notes))
		return log_err(-ENOMEM, "%s: manifest: %m", r->host.name);
	return fixture_dir_write(&r->out, "manifest", r->manifest, r->manifest_len);
}

static int write_all(struct record *r)
{
	int ret = write_attrs(r);

	if (!ret)
		ret = fixture_dir_write(&r->out, "config", r->config, r->config_size);
	for (unsigned i = 0; i < FIXTURE_FILES && !ret; i++)
		ret = write_region(r, &fixture_files[i]);
	if (!ret && r->raw.bytes) {
		record_hide_edid(r->raw.bytes, r->raw.len);
		ret = fixture_dir_write(&r->out, "opregion-raw", r->raw.bytes, r->raw.len);
	}
	if (!ret)
		ret = write_tables(r);
	if (!ret)
		ret = write_reserved(r);
	if (!ret)
		ret = write_phys_bits(r);
	return ret ? ret : write_manifest(r);
}

static int gather(struct record *r, const char *device)
{
	int ret = identify(r, device);

	if (!ret)
		ret = read_config(r);
	if (ret)
		return ret;
	describe_host(r);
	ret = open_vfio(r);
	if (!ret)
		ret = record_opregion(r);
	if (!ret && !r->vfio)
		ret = assume_vfio(r);
	return ret;
}

static void record_fini(struct record *r)
{
	fixture_dir_close(&r->out);
	vfio_dev_fini(&r->dev);
	iommu_fini(&r->iommu);
	for (unsigned i = 0; i < RECORD_VENDOR_MAX; i++)
		free(r->blob[i].bytes);
	free(r->raw.bytes);
	if (r->notes)
		fclose(r->notes);
	free(r->manifest);
}

int record_device(const char *root, const char *device, const char *dir)
{
	struct record r = { .root = root, .dev = { .fd = -1 }, .out = { .fd = -1 } };
	int ret;

	iommu_init(&r.iommu);
	r.notes = open_memstream(&r.manifest, &r.manifest_len);
	if (!r.notes)
		return log_err(-ENOMEM, "%s: %m", device);
	ret = gather(&r, device);
	if (!ret)
		ret = fixture_dir_create(&r.out, dir);
	if (!ret) {
		ret = write_all(&r);
		if (ret)
			fixture_dir_undo(&r.out);
	}
	record_fini(&r);
	return ret;
}

int tool_record(int argc, char **argv)
{
	struct sysfs_dev d;

	if (argc != 4 || argv[2][0] == '-' || !argv[3][0])
		return log_err(EXIT_CODE_USAGE,
			       "record: two arguments are needed: igdvm record BDF DIR, DIR new "
			       "or empty");
	if (sysfs_dev_init(&d, argv[2]))
		return log_err(EXIT_CODE_USAGE,
			       "record: \"%s\" is not a PCI address like "
			       "0000:00:02.0, nor a path in sysfs; lspci -D lists them",
			       argv[2]);
	if (record_device("", argv[2], argv[3]))
		return EXIT_CODE_HOST;
	log_info("%s: recorded in %s; see its file manifest for what is in there, and what is not",
		 argv[2], argv[3]);
	return EXIT_CODE_POWEROFF;
}
