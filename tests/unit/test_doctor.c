// SPDX-License-Identifier: BSD-2-Clause
/*
 * igdvm doctor on hosts that are directories: each check is seen in each state it has, by one change to
 * a host where nothing is missing; whatever is in the files, there is a report; nothing is written.
 *
 * usage: doctor DIR, with what tests/fixtures/mkfixture.c made
 */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "devmem.h"
#include "doctor.h"
#include "doctor_rows.h"
#include "doctor_tree.h"
#include "fake_vfio.h"
#include "fakes.h"
#include "kvm.h"
#include "test.h"
#include "util.h"

#define GPU    "0000:00:02.0"
#define MEMORY (512 * MiB)

static char fixture[PATH_MAX];

/* ---- the host's parts that are no files ---- */

static int kvm_err;
static struct kvm_look kvm;

int __wrap_kvm_look(const char *path, struct kvm_look *look);
int __wrap_faccessat(int dir, const char *path, int mode, int flags);
int __real_faccessat(int dir, const char *path, int mode, int flags);
int __wrap_devmem_read(const char *path, uint64_t off, void *buf, size_t len, char *why);

int __wrap_kvm_look(const char *path, struct kvm_look *look)
{
	assert_string_equal(path, tree_path("/dev/kvm"));
	if (tree_denied(path))
		return -EACCES;
	*look = kvm;
	return access(path, F_OK) ? -errno : kvm_err;
}

int __wrap_faccessat(int dir, const char *path, int mode, int flags)
{
	if (!tree_denied(path))
		return __real_faccessat(dir, path, mode, flags);
	errno = EACCES;
	return -1;
}

/* The host's OpRegion at ASLS; a guard that the tree's /dev/mem has, by its text, refuses. */
int __wrap_devmem_read(const char *path, uint64_t off, void *buf, size_t len, char *why)
{
	struct stat st;
	FILE *f;
	size_t n;

	assert_string_equal(path, tree_path("/dev/mem"));
	snprintf(why, DEVMEM_WHY, "the test's /dev/mem refuses");
	if (stat(path, &st))
		return -ENOENT;
	if (tree_denied(path) || st.st_size)
		return -EPERM;
	memset(buf, 0, len);
	f = fopen(tree_path("/opregion"), "re");
	if (f) {
		fseek(f, (long)(off - TREE_ASLS), SEEK_SET);
		n = fread(buf, 1, len, f);
		(void)n;
		fclose(f);
	}
	return 0;
}

/* ---- running it ---- */

static int code;

static json_t *doctor(const char *device, uint64_t memory)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	unsigned fds = fake_open_fds();
	json_t *j;

	fake_stderr_begin();
	code = doctor_run(tree_root(), NULL, device, memory, true, out);
	assert_string_equal(fake_stderr_end(), "");
	assert_int_equal(fake_open_fds(), fds);
	fclose(out);
	for (size_t i = 0; i < len; i++)
		assert_true(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
	j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(j);
	free(text);
	return j;
}

static const char *get(json_t *j, const char *id, const char *key)
{
	json_t *check;
	size_t i;

	json_array_foreach(json_object_get(j, "checks"), i, check)
	{
		if (!strcmp(json_string_value(json_object_get(check, "id")), id))
			return json_string_value(json_object_get(check, key));
	}
	return NULL;
}

/* ---- the table ---- */

static const struct doctor_row *row(size_t i)
{
	return i < doctor_n_rows_host ? &doctor_rows_host[i]
				      : &doctor_rows_device[i - doctor_n_rows_host];
}

static void reset_host(const struct doctor_row *r)
{
	kvm = (struct kvm_look){ .version = 12, .usable = true, .cpus = 4 };
	kvm_err = 0;
	tree_make(fixture);
	if (!r)
		return;
	tree_change(r->edit, TREE_EDITS);
	kvm_err = r->kvm_err;
	kvm.missing = r->kvm_missing;
	if (r->kvm_version)
		kvm = (struct kvm_look){ .version = r->kvm_version };
}

static void says_what_is_missing(void **state)
{
	(void)state;
	for (size_t i = 0; i < doctor_n_rows_host + doctor_n_rows_device; i++) {
		const struct doctor_row *r = row(i);
		const char *status, *found, *remedy;
		json_t *j;

		reset_host(r);
		j = doctor(GPU, r->memory ? r->memory : MEMORY);
		status = get(j, r->id, "status");
		found = get(j, r->id, "found");
		remedy = get(j, r->id, "remedy");
		if (!status || strcmp(status, r->status) || !strstr(found, r->found) ||
		    (r->remedy ? !strstr(remedy, r->remedy) : remedy[0] != '\0'))
			fail_msg("row %zu, %s: %s, found \"%s\", remedy \"%s\"; want %s, \"%s\", "
				 "\"%s\"",
				 i, r->id, status, found, remedy, r->status, r->found,
				 r->remedy ? r->remedy : "");
		assert_int_equal(code, json_integer_value(json_object_get(j, "failures")) ? 1 : 0);
		if (!strcmp(r->status, FAILURE))
			assert_int_equal(code, 1);
		json_decref(j);
	}
}

/* What there is to mend has a remedy, and what each check can be is in the table above. */
static void every_state_is_seen(void **state)
{
	static const char *const states[] = { OK, WARNING, FAILURE, UNKNOWN };
	static const struct {
		const char *id, *has;
	} checks[] = {
		{ "kvm", "ok failure" },
		{ "nested", "ok warning unknown" },
		{ "kernel", "ok warning unknown" },
		{ "vfio-pci", "ok warning failure unknown" },
		{ "vfio-pci-igd", "ok warning unknown" },
		{ "vfio-pci-vga", "ok warning unknown" },
		{ "iommu", "ok failure" },
		{ "interrupt-remapping", "ok warning failure unknown" },
		{ "vfio-container", "ok warning failure" },
		{ "memory", "ok warning failure unknown" },
		{ "memlock", "ok failure unknown" },
		{ "device", "ok failure" },
		{ "class", "ok warning" },
		{ "generation", "ok failure" },
		{ "driver", "ok failure" },
		{ "iommu-group", "ok failure" },
		{ "vfio-group", "ok failure unknown" },
		{ "reserved-regions", "ok failure unknown" },
		{ "iommu-width", "ok warning failure unknown" },
		{ "asls", "ok warning failure unknown" },
		{ "opregion", "ok warning failure unknown" },
		{ "opregion-memory", "ok warning unknown" },
		{ "opregion-live", "ok warning unknown" },
		{ "stolen", "ok warning unknown" },
		{ "framebuffer", "ok warning failure unknown" },
		{ "console", "ok warning" },
		{ "reset", "ok warning" },
		{ "power", "ok warning failure unknown" },
		{ "sriov", "ok failure unknown" },
		{ "lpc-bridge", "ok warning" },
		{ "audio", "ok warning failure" },
	};
	json_t *j, *list;

	(void)state;
	reset_host(NULL);
	j = doctor(GPU, MEMORY);
	assert_int_equal(code, 0);
	list = json_object_get(j, "checks");
	assert_int_equal(json_array_size(list), ARRAY_SIZE(checks));
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		json_t *check = json_array_get(list, i);

		assert_string_equal(json_string_value(json_object_get(check, "id")), checks[i].id);
		assert_string_equal(json_string_value(json_object_get(check, "status")), OK);
		assert_true(*json_string_value(json_object_get(check, "why")));
		for (size_t k = 0; k < ARRAY_SIZE(states); k++) {
			bool seen = false;

			for (size_t n = 0; n < doctor_n_rows_host + doctor_n_rows_device; n++)
				seen |= !strcmp(row(n)->id, checks[i].id) &&
					!strcmp(row(n)->status, states[k]);
			if (seen != (strstr(checks[i].has, states[k]) != NULL))
				fail_msg("%s: %s is %sseen", checks[i].id, states[k],
					 seen ? "" : "not ");
		}
	}
	json_decref(j);
}

/* ---- devices ---- */

static void finds_the_devices(void **state)
{
	static const struct tree_edit more[] = {
		WRITE(TREE_PCI "/0000:00:01.0/class", "0x030000\n"),
		WRITE(TREE_PCI "/0000:00:01.0/vendor", "0x8086\n"),
		WRITE(TREE_PCI "/0000:00:01.0/device", "0x5690\n"),
		WRITE(TREE_PCI "/0000:01:00.0/class", "0x030000\n"),
		WRITE(TREE_PCI "/0000:01:00.0/vendor", "0x10de\n"),
	};
	json_t *j, *devices;

	(void)state;
	reset_host(NULL);
	tree_change(more, ARRAY_SIZE(more));
	j = doctor(NULL, MEMORY);
	devices = json_object_get(j, "devices");
	assert_int_equal(json_array_size(devices), 2);
	assert_string_equal(json_string_value(json_array_get(devices, 0)), GPU);
	assert_string_equal(json_string_value(json_array_get(devices, 1)), "0000:00:01.0");
	assert_string_equal(json_string_value(json_object_get(j, "device")), GPU);
	assert_string_equal(get(j, "generation", "device"), GPU);
	assert_null(get(j, "kvm", "device"));
	assert_int_equal(json_integer_value(json_object_get(j, "version")), 1);
	assert_int_equal(json_integer_value(json_object_get(j, "memory")), MEMORY);
	assert_int_equal(code, 1); /* the card is none */
	json_decref(j);

	reset_host(NULL);
	tree_change((struct tree_edit[]){ DELETE(TREE_GPU) }, 1);
	j = doctor(NULL, MEMORY);
	assert_true(json_is_null(json_object_get(j, "device")));
	assert_string_equal(get(j, "device", "status"), FAILURE);
	assert_string_equal(get(j, "kvm", "status"), OK);
	assert_null(get(j, "generation", "status"));
	assert_int_equal(code, 1);
	json_decref(j);
}

/* A command with half an address in it would be worse than one that leaves some out. */
static void cuts_no_name_of_a_large_group(void **state)
{
	const char *remedy;
	json_t *j;

	(void)state;
	reset_host(NULL);
	for (unsigned i = 0; i < 60; i++) {
		char member[96], driver[96];

		snprintf(member, sizeof(member),
			 "/sys/kernel/iommu_groups/3/devices/0000:05:%02x.0", i % 32);
		snprintf(driver, sizeof(driver), TREE_PCI "/0000:05:%02x.0/driver", i % 32);
		tree_change((struct tree_edit[]){ LINK(member, "x"),
						  LINK(driver, "../some_driver") },
			    2);
	}
	j = doctor(GPU, MEMORY);
	assert_string_equal(get(j, "iommu-group", "status"), FAILURE);
	remedy = strstr(get(j, "iommu-group", "remedy"), "for d in");
	assert_non_null(remedy);
	for (remedy += 8; *remedy == ' '; remedy += 13)
		assert_memory_equal(remedy, " 0000:05:", 9);
	assert_memory_equal(remedy, "; do echo $d > ", 15);
	assert_non_null(strstr(remedy, "/unbind; done"));
	json_decref(j);
}

/* ---- configuration, gzipped ---- */

static void reads_a_gzipped_configuration(void **state)
{
	gzFile f;
	json_t *j;

	(void)state;
	reset_host(NULL);
	tree_change((struct tree_edit[]){ DELETE(KCONFIG) }, 1);
	f = gzopen(tree_path("/proc/config.gz"), "w");
	assert_non_null(f);
	gzputs(f, "# x\nCONFIG_VFIO_PCI_IGD=y\n# CONFIG_VFIO_PCI_VGA is not set\n");
	gzclose(f);
	j = doctor(GPU, MEMORY);
	assert_string_equal(get(j, "vfio-pci-igd", "status"), OK);
	assert_string_equal(get(j, "vfio-pci-vga", "status"), WARNING);
	json_decref(j);
}

/* ---- files that hold anything ---- */

#define JUNK (3 * MiB / 2)

static void put_junk(const char *path, unsigned seed)
{
	FILE *f = fopen(tree_path(path), "we");
	uint32_t x = seed * 2654435761u + 1;

	assert_non_null(f);
	for (size_t i = 0; i < JUNK; i += 4) {
		x = x * 1664525 + 1013904223;
		fwrite(&x, 1, 4, f);
	}
	fclose(f);
}

static void try_everything(const char *path, void *arg)
{
	unsigned *n = arg;

	if (!strcmp(path, "/opregion")) /* the test's own */
		return;
	for (unsigned form = 0; form < 5; form++) {
		json_t *j;

		unlink(tree_path(path));
		if (form == 0)
			assert_int_equal(mkfifo(tree_path(path), 0666), 0);
		else if (form == 1)
			tree_change((struct tree_edit[]){ WRITE(path, "") }, 1);
		else if (form == 2)
			put_junk(path, ++*n);
		else if (form == 3)
			tree_change(
				(struct tree_edit[]){ WRITE(
					path,
					"\x1b]0;x\x07 -1 99999999999999999999 0x : : [\n\n\n") },
				1);
		else
			assert_int_equal(mkdir(tree_path(path), 0777), 0);
		j = doctor(GPU, MEMORY);
		json_decref(j);
		if (form == 4)
			rmdir(tree_path(path));
	}
	reset_host(NULL);
}

static void bears_any_file(void **state)
{
	unsigned n = 0;

	(void)state;
	reset_host(NULL);
	tree_each(try_everything, &n);
	assert_true(n > 30);
}

/* ---- what it must not do ---- */

static void add_stat(const char *path, void *arg)
{
	uint64_t *sum = arg;
	struct stat st;

	assert_int_equal(stat(tree_path(path), &st), 0);
	*sum = *sum * 31 + (uint64_t)st.st_size + (uint64_t)st.st_mtim.tv_nsec +
	       (uint64_t)st.st_ctim.tv_nsec + st.st_ino;
}

static void writes_nothing(void **state)
{
	uint64_t before = 0, after = 0;
	json_t *j;

	(void)state;
	reset_host(NULL);
	tree_each(add_stat, &before);
	j = doctor(GPU, MEMORY);
	json_decref(j);
	tree_each(add_stat, &after);
	assert_int_equal(before, after);
}

/* A line a check, whatever a name holds. */
static void prints_a_line_a_check(void **state)
{
	char *text = NULL;
	unsigned lines = 0;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	reset_host(NULL);
	tree_change((struct tree_edit[]){ LINK(TREE_GPU "/driver", "x/a\nb\x1b[31m") }, 1);
	code = doctor_run(tree_root(), NULL, GPU, MEMORY, false, out);
	fclose(out);
	assert_int_equal(code, 1);
	for (size_t i = 0; i < len; i++) {
		lines += text[i] == '\n';
		assert_true(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
	}
	assert_int_equal(lines, 31 + 2 + 1); /* two headings, the verdict */
	assert_non_null(strstr(text, "  failure  driver               a?b?[31m; only"));
	assert_non_null(strstr(text, "; mend: igdvm bind 0000:00:02.0 "));
	free(text);
}

static int clean(void **state)
{
	(void)state;
	tree_remove();
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_missing),
		cmocka_unit_test(every_state_is_seen),
		cmocka_unit_test(finds_the_devices),
		cmocka_unit_test(cuts_no_name_of_a_large_group),
		cmocka_unit_test(reads_a_gzipped_configuration),
		cmocka_unit_test(bears_any_file),
		cmocka_unit_test(writes_nothing),
		cmocka_unit_test(prints_a_line_a_check),
	};

	if (argc != 2)
		return 2;
	snprintf(fixture, sizeof(fixture), "%s/kbl", argv[1]);
	return cmocka_run_group_tests(tests, NULL, clean);
}
