// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the host uses is not taken, with one line that says what and why; --force takes most of it.
 * And states: other owners', damaged ones, `igdvm bind` and `igdvm unbind`.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "bind_rig.h"
#include "bind_wraps.h"
#include "fakes.h"
#include "test.h"
#include "util.h"

#define STATE	"run/igdvm/group-3.json"
#define DEVICES "sys/bus/pci/devices/"
#define AST	"0000:02:00.0"

static struct bind b;
static const char *said;

static int setup(void **state)
{
	(void)state;
	rig_begin();
	bind_init(&b, bind_rig.root);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig_end();
	return 0;
}

/* call logs `lines` lines, one of which has text in it. */
#define EXPECT(call, want, lines, text)                                                            \
	do {                                                                                       \
		unsigned fds_before = fake_open_fds();                                             \
		int got;                                                                           \
		fake_stderr_begin();                                                               \
		got = (call);                                                                      \
		said = fake_stderr_end();                                                          \
		assert_int_equal(fake_open_fds(), fds_before);                                     \
		if (got != (want) || !strstr(said, text) || count_lines() != (lines))              \
			fail_msg("%s: %d, %s", #call, got, said);                                  \
	} while (0)

static unsigned count_lines(void)
{
	unsigned n = 0;

	for (const char *at = said; *at; at++)
		n += *at == '\n';
	return n;
}

static void add_display(const char *driver)
{
	rig_shell("mkdir -p " DEVICES AST " sys/bus/pci/drivers/%s; echo 0x030000 >" DEVICES AST
		  "/class; ln -s ../../../bus/pci/drivers/%s " DEVICES AST "/driver",
		  driver, driver);
}

static void light(const char *enabled)
{
	rig_shell("mkdir -p " DEVICES RIG_GPU "/drm/card0/card0-HDMI-A-1 " DEVICES RIG_GPU
		  "/drm/card0/card0-DP-1; echo disabled >" DEVICES RIG_GPU
		  "/drm/card0/card0-DP-1/enabled; echo %s >" DEVICES RIG_GPU
		  "/drm/card0/card0-HDMI-A-1/enabled",
		  enabled);
}

static void boot_vga(void)
{
	rig_shell("echo 1 >" DEVICES RIG_GPU "/boot_vga");
}

static void disk(const char *name)
{
	rig_shell("mkdir -p dev; ln -s ../../devices/pci0000:00/" RIG_DISK
		  "/ata1/host0/block/sda/%s sys/class/block/%s",
		  name, name);
}

static void nic_flags(const char *flags)
{
	rig_shell("d=sys/devices/pci0000:00/" RIG_NIC "/net/eth0; mkdir -p $d sys/class/net; "
		  "echo %s >$d/flags; ln -sfn ../../devices/pci0000:00/" RIG_NIC
		  "/net/eth0 sys/class/net/eth0",
		  flags);
}

/* Nothing was written, and with force it goes. */
static void only_by_force(const char *bdf, const char *why)
{
	char *before = rig_snapshot();

	EXPECT(bind_take(&b, bdf, false), -EBUSY, 1, why);
	assert_non_null(strstr(said, "--force"));
	assert_int_equal(bind_rig.writes, 0);
	assert_false(rig_has(STATE));
	fake_stderr_begin();
	assert_int_equal(bind_take(&b, bdf, true), 0);
	assert_string_equal(rig_driver(bdf), "vfio-pci");
	assert_int_equal(bind_give_back(&b), 0);
	said = fake_stderr_end();
	said = rig_snapshot();
	assert_string_equal(said, before);
	free((char *)said);
	free(before);
}

static void taken_without(const char *bdf)
{
	fake_stderr_begin();
	assert_int_equal(bind_take(&b, bdf, false), 0);
	assert_int_equal(bind_give_back(&b), 0);
	fake_stderr_end();
}

/* ---- what the host uses ---- */

static void lit_display(void **state)
{
	(void)state;
	light("enabled");
	only_by_force(RIG_GPU, RIG_GPU ": it is the only display of the host, and HDMI-A-1 is lit");
	/* the group goes together, whoever was asked for */
	bind_rig.writes = 0;
	only_by_force(RIG_AUDIO, RIG_GPU ": it is the only display of the host");
	light("disabled");
	taken_without(RIG_GPU);
}

static void display_with_the_console(void **state)
{
	(void)state;
	boot_vga();
	only_by_force(RIG_GPU, RIG_GPU ": it is the only display of the host, and has its console");
	rig_shell("echo 0 >sys/class/vtconsole/vtcon1/bind");
	taken_without(RIG_GPU);
	/* without a driver, but in text mode */
	bind_rig.writes = 0;
	rig_shell("mkdir sys/class/vtconsole/vtcon3; echo '(S) VGA+' "
		  ">sys/class/vtconsole/vtcon3/name; "
		  "echo 1 >sys/class/vtconsole/vtcon3/bind; rm " DEVICES RIG_GPU "/driver");
	only_by_force(RIG_GPU, "has its console");
}

static void another_display(void **state)
{
	(void)state;
	light("enabled");
	boot_vga();
	add_display("vfio-pci"); /* that one is a guest's */
	only_by_force(RIG_GPU, "it is the only display");
	rig_shell("rm -r " DEVICES AST);
	add_display("ast");
	taken_without(RIG_GPU);
}

static void disk_in_use(void **state)
{
	(void)state;
	disk("sda");
	disk("sda1");
	taken_without(RIG_DISK);
	bind_rig.busy = "/dev/sda1";
	bind_rig.writes = 0;
	only_by_force(RIG_DISK, RIG_DISK ": the host uses its disk sda1 (mounted, swap");
	bind_rig.writes = 0;
	only_by_force(RIG_NIC, RIG_DISK ": the host uses its disk sda1");
	taken_without(RIG_GPU);
}

/* The disk that file systems are on is not the one that hangs on the controller. */
static void disk_by_several_ways(void **state)
{
	(void)state;
	disk("nvme0c1n2");
	disk("cciss!c0d0");
	bind_rig.busy = "/dev/nvme0n2";
	only_by_force(RIG_DISK, "its disk nvme0n2");
	bind_rig.writes = 0;
	bind_rig.busy = "/dev/cciss/c0d0";
	only_by_force(RIG_DISK, "its disk cciss!c0d0");
}

static void network_card_up(void **state)
{
	(void)state;
	nic_flags("0x1003");
	only_by_force(RIG_NIC, RIG_NIC ": its network interface eth0 is up; ip link set eth0 down");
	nic_flags("0x1002");
	taken_without(RIG_NIC);
	/* others' addresses: of a domain behind VMD, which has five digits; and a longer name */
	nic_flags("0x1003");
	rig_shell("mkdir -p sys/devices/pci10000:e0 && cp -a sys/devices/pci0000:00/" RIG_NIC
		  " sys/devices/pci10000:e0/1" RIG_NIC " && "
		  "ln -sfn ../../devices/pci10000:e0/1" RIG_NIC "/net/eth0 sys/class/net/eth0");
	taken_without(RIG_NIC);
	rig_shell("cp -a sys/devices/pci0000:00/" RIG_NIC " sys/devices/pci0000:00/" RIG_NIC "0 && "
		  "ln -sfn ../../devices/pci0000:00/" RIG_NIC "0/net/eth0 sys/class/net/eth0");
	taken_without(RIG_NIC);
}

static void bridge_with_a_driver(void **state)
{
	(void)state;
	rig_shell(
		"mkdir sys/bus/pci/drivers/lpc_ich; ln -s ../../../bus/pci/drivers/lpc_ich " DEVICES
			RIG_ISA "/driver; echo lpc_ich >natural/" RIG_ISA);
	only_by_force(RIG_GPU, RIG_ISA ": a bridge of the host that lpc_ich has");
}

/* ---- what no force takes ---- */

static void never(void **state)
{
	static const struct {
		const char *spoil, *bdf, *why;
		int err;
	} t[] = {
		{ "echo 2 >" DEVICES RIG_GPU "/sriov_numvfs", RIG_GPU,
		  RIG_GPU ": 2 of its virtual functions exist", -EBUSY },
		{ "rm " DEVICES RIG_NIC "/iommu_group", RIG_NIC,
		  RIG_NIC ": it is in no IOMMU group; switch on VT-d", -ENOENT },
		{ "true", RIG_BRIDGE, RIG_BRIDGE ": a bridge; name a device behind it", -EINVAL },
		{ "true", "0000:00:05.0", "0000:00:05.0: no such PCI device; lspci", -ENODEV },
		{ "true", "/sys/nothing", "/sys/nothing: no PCI address like", -EINVAL },
		{ "true", "gpu", "gpu: no PCI address like", -EINVAL },
		{ "rm " DEVICES RIG_GPU "/driver_override", RIG_GPU, "/driver_override: No such",
		  -ENOENT },
		{ "head -c 5000 /dev/zero | tr '\\0' a >" DEVICES RIG_GPU "/driver_override",
		  RIG_GPU, RIG_GPU ": its driver_override has more than 38 bytes", -ENAMETOOLONG },
		{ "rm -rf run/igdvm; touch run/igdvm", RIG_GPU,
		  "run/igdvm: Not a directory; remove", -ENOTDIR },
		{ "rm run/igdvm; mkdir -m 777 run/igdvm", RIG_GPU, "others may write there",
		  -EPERM },
		{ "rm -r run", RIG_GPU, "run/igdvm: No such file", -ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		rig_shell("%s", t[i].spoil);
		EXPECT(bind_take(&b, t[i].bdf, true), t[i].err, 1, t[i].why);
		assert_int_equal(bind_rig.writes, 0);
		assert_int_equal(b.n_groups, 0);
		if (t[i].err == -EBUSY)
			rig_shell("rm " DEVICES RIG_GPU "/sriov_numvfs");
		if (strstr(t[i].spoil, "driver_override"))
			rig_shell("echo '(null)' >" DEVICES RIG_GPU "/driver_override");
	}
}

static void mediated(void **state)
{
	char path[128];

	(void)state;
	rig_shell("mkdir sys/uuid; ln -s ../types/t sys/uuid/mdev_type");
	snprintf(path, sizeof(path), "%s/sys/uuid", bind_rig.root);
	EXPECT(bind_take(&b, path, false), 0, 1, "uuid: a mediated device");
	assert_int_equal(bind_rig.writes, 0);
	snprintf(path, sizeof(path), "%s/sys/devices/pci0000:00/" RIG_NIC, bind_rig.root);
	EXPECT(bind_take(&b, path, false), 0, 2, RIG_NIC ": bound to vfio-pci, from e1000e");
}

/* ---- owners ---- */

static void another_process(void **state)
{
	struct bind other;

	(void)state;
	bind_init(&other, bind_rig.root);
	EXPECT(bind_take(&other, RIG_GPU, false), 0, 3, "bound");
	rig_shell("sed -i 's/\"pid\": [0-9]*/\"pid\": 4711/' " STATE);
	rig_process(4711, 1000);
	EXPECT(bind_take(&b, RIG_GPU, true), -EBUSY, 1,
	       RIG_GPU ": another igdvm has it, process 4711");
	EXPECT(bind_return(bind_rig.root, RIG_AUDIO), -EBUSY, 1,
	       RIG_AUDIO ": igdvm has it for a guest, process 4711");
	EXPECT(bind_mend(bind_rig.root), 0, 1,
	       RIG_GPU ": process 4711 has it for a guest, it stays");
	assert_string_equal(rig_driver(RIG_GPU), "vfio-pci");
	/* a zombie has nothing, and a later process with its number is not it */
	rig_shell("sed -i 's/) S /) Z /' proc/4711/stat");
	EXPECT(bind_take(&b, RIG_GPU, false), 0, 4, "process 4711 died with it");
	rig_shell("sed -i 's/\"pid\": [0-9]*/\"pid\": 4711/' " STATE);
	rig_process(4711, 1001);
	EXPECT(bind_return(bind_rig.root, RIG_AUDIO), 0, 3, RIG_GPU ": given back to i915");
	assert_false(rig_has(STATE));
}

static void without_proc(void **state)
{
	(void)state;
	rig_shell("rm -r proc/*");
	EXPECT(bind_take(&b, RIG_GPU, true), -ENOENT, 1, "stat: it cannot be read; mount /proc");
	assert_int_equal(bind_rig.writes, 0);
}

/* `igdvm bind`: it stays until `igdvm unbind BDF`, and is nobody's to mend. */
static void kept(void **state)
{
	char *before = rig_snapshot(), *now;

	(void)state;
	EXPECT(bind_take(&b, RIG_GPU, false), 0, 3, "bound");
	EXPECT(bind_keep(&b), 0, 0, "");
	EXPECT(bind_give_back(&b), 0, 0, "");
	rig_shell("grep -q '\"pid\": 0' " STATE);
	EXPECT(bind_mend(bind_rig.root), 0, 1,
	       RIG_GPU ": igdvm bind took it, it stays; igdvm unbind");
	EXPECT(bind_take(&b, RIG_GPU, false), 0, 1, RIG_GPU ": vfio-pci has it already");
	EXPECT(bind_keep(&b), 0, 0, "");
	EXPECT(bind_give_back(&b), 0, 0, "");
	bind_rig.busy = "/dev/vfio/3";
	EXPECT(bind_return(bind_rig.root, RIG_GPU), -EBUSY, 1, "a program has it open; end that");
	bind_rig.busy = NULL;
	EXPECT(bind_return(bind_rig.root, "00:02.0"), 0, 3, RIG_GPU ": given back to i915");
	now = rig_snapshot();
	assert_string_equal(now, before);
	assert_false(rig_has(STATE));
	EXPECT(bind_return(bind_rig.root, RIG_GPU), 0, 1,
	       RIG_GPU ": i915 has it; nothing to give back");
	EXPECT(bind_return(bind_rig.root, "0000:00:09.0"), -ENODEV, 1, "no such PCI device");
	EXPECT(bind_return(bind_rig.root, "gpu"), -EINVAL, 1, "no PCI address");
	free(before);
	free(now);
}

static void keeping_fails(void **state)
{
	char *before = rig_snapshot(), *now;

	(void)state;
	EXPECT(bind_take(&b, RIG_GPU, false), 0, 3, "bound");
	bind_rig.fault = (struct fake_fault){ .fail_at = 1, .err = -ENOSPC };
	EXPECT(bind_keep(&b), -ENOSPC, 4, "group-3.json: No space left on device; without it");
	now = rig_snapshot();
	assert_string_equal(now, before);
	assert_false(rig_has(STATE));
	free(before);
	free(now);
}

/* ---- states ---- */

static void damaged_states(void **state)
{
	static const char *const damage[] = {
		": >%s",
		"echo '{' >%s",
		"sed -i 's/\"format\": 1/\"format\": 2/' %s",
		"sed -i 's/\"group\": \"3\"/\"group\": \"4\"/' %s",
		"sed -i 's/\"driver\": \"i915\"/\"driver\": \"..\\/i915\"/' %s",
		"sed -i 's/\"bdf\": \"0000:00:02.0\"/\"bdf\": \"gpu\"/' %s",
		"sed -i 's/vtcon1/\\/etc/' %s",
		"sed -i 's/\"consoles\": \\[/\"consoles\": [ 3, /' %s",
		"sed -i 's/\"framebuffers\": \\[/\"framebuffers\": [ 3/' %s",
		"sed -i 's/\"members\"/\"others\"/' %s",
		"sed -i 's/\"override\": \"\"/\"override\": null/' %s",
		"sed -i 's/\"device\": \"0000/\"device\": \"x0000/' %s",
		"head -c 70000 /dev/zero >%s",
		"rm %s; mkdir %s",
	};

	(void)state;
	EXPECT(bind_take(&b, RIG_GPU, false), 0, 3, "bound");
	rig_shell("cp " STATE " saved");
	rig_process(getpid(), 0);
	for (size_t i = 0; i < ARRAY_SIZE(damage); i++) {
		int err = strstr(damage[i], "70000") ? -EFBIG : -EINVAL;
		char command[256];

		rig_shell("rm -rf " STATE "; cp saved " STATE);
		snprintf(command, sizeof(command), damage[i], STATE, STATE);
		rig_shell("%s; ! cmp -s saved " STATE " 2>/dev/null", command);
		bind_rig.writes = 0;
		bind_init(&b, bind_rig.root);
		EXPECT(bind_take(&b, RIG_GPU, true), err, 1, "group-3.json: ");
		EXPECT(bind_return(bind_rig.root, RIG_GPU), err, 1, "group-3.json: ");
		EXPECT(bind_mend(bind_rig.root), err, 1, "group-3.json: ");
		assert_int_equal(bind_rig.writes, 0);
	}
	rig_shell("rm -rf " STATE "; cp saved " STATE);
	EXPECT(bind_mend(bind_rig.root), 0, 3, "given back");
}

/* One bad file keeps no other from being mended. */
static void mends_all_it_can(void **state)
{
	(void)state;
	EXPECT(bind_take(&b, RIG_GPU, false), 0, 3, "bound");
	EXPECT(bind_take(&b, RIG_NIC, false), 0, 2, "bound");
	rig_shell(": >run/igdvm/group-0.json; : >run/igdvm/group-123456789012345.json; "
		  ": >run/igdvm/group-3.json.new; : >run/igdvm/other");
	rig_process(getpid(), 0);
	EXPECT(bind_mend(bind_rig.root), -EINVAL, 6, "group-0.json: this igdvm did not write it");
	assert_string_equal(rig_driver(RIG_GPU), "i915");
	assert_string_equal(rig_driver(RIG_NIC), "e1000e");
	assert_false(rig_has(STATE));
	assert_true(rig_has("run/igdvm/other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lit_display, setup, teardown),
		cmocka_unit_test_setup_teardown(display_with_the_console, setup, teardown),
		cmocka_unit_test_setup_teardown(another_display, setup, teardown),
		cmocka_unit_test_setup_teardown(disk_in_use, setup, teardown),
		cmocka_unit_test_setup_teardown(disk_by_several_ways, setup, teardown),
		cmocka_unit_test_setup_teardown(network_card_up, setup, teardown),
		cmocka_unit_test_setup_teardown(bridge_with_a_driver, setup, teardown),
		cmocka_unit_test_setup_teardown(never, setup, teardown),
		cmocka_unit_test_setup_teardown(mediated, setup, teardown),
		cmocka_unit_test_setup_teardown(another_process, setup, teardown),
		cmocka_unit_test_setup_teardown(without_proc, setup, teardown),
		cmocka_unit_test_setup_teardown(kept, setup, teardown),
		cmocka_unit_test_setup_teardown(keeping_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_states, setup, teardown),
		cmocka_unit_test_setup_teardown(mends_all_it_can, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
