// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "config.h"
#include "config_args.h"
#include "test.h"
#include "util.h"

static void defaults(void **state)
{
	const struct config *c = accept((const char *const[]){ "--kernel", "bz", NULL });

	(void)state;
	assert_string_equal(c->kernel, "bz");
	assert_null(c->initrd);
	assert_null(c->cmdline);
	assert_int_equal(c->memory, 512 * MiB);
	assert_int_equal(c->cpus, 1);
	assert_false(c->igd.present);
	assert_int_equal(c->igd.opregion, OPREGION_AUTO);
	assert_true(c->igd.stolen == STOLEN_AUTO);
	assert_int_equal(c->igd.lpc, LPC_CLONE);
	assert_null(c->igd.gen);
	assert_int_equal(c->serial, SERIAL_TTY);
	assert_null(c->serial_path);
	assert_int_equal(c->on_reboot, REBOOT_EXIT);
	assert_false(c->restarted);
	assert_int_equal(c->debugcon, SERIAL_OFF);
	assert_null(c->debugcon_path);
	assert_false(c->debug_exit);
	assert_false(c->keyboard);
	assert_int_equal(c->n_smbios, 0);
	assert_false(c->dry_run);
	assert_false(c->verbose);
}

static void every_option(void **state)
{
	const struct config *c;

	(void)state;
	c = accept((const char *const[]){ "run", "--kernel=bz", "--initrd", "rd", "--cmdline",
					  "a=b,c --d", "-m", "4G", "--dry-run", "--verbose",
					  NULL });
	assert_string_equal(c->kernel, "bz");
	assert_string_equal(c->initrd, "rd");
	assert_string_equal(c->cmdline, "a=b,c --d");
	assert_int_equal(c->memory, 4 * GiB);
	assert_true(c->dry_run);
	assert_true(c->verbose);

	c = ACCEPT("--igd", "0001:02:03.4,opregion=copy,stolen=64M,lpc=off,gen=gen9", "-c8");
	assert_true(c->igd.present);
	assert_string_equal(c->igd.device, "0001:02:03.4");
	assert_int_equal(c->igd.devfn, DEVFN(2, 0));
	assert_int_equal(c->igd.opregion, OPREGION_COPY);
	assert_int_equal(c->igd.stolen, 64 * MiB);
	assert_int_equal(c->igd.lpc, LPC_OFF);
	assert_string_equal(c->igd.gen, "gen9");
	assert_int_equal(c->cpus, 8);
}

static void every_igd_key(void **state)
{
	const struct config *c;

	(void)state;
	c = ACCEPT("--igd", "/sys/bus/mdev/devices/u,addr=1e.7,opregion=file=a=b,vbt=v,vga,"
			    "rom=r,,s.rom,host=revision,doorbells=pass,stolen=at-host,"
			    "lpc=8086:9D4e:21:17aa:2248");
	assert_string_equal(c->igd.device, "/sys/bus/mdev/devices/u");
	assert_int_equal(c->igd.devfn, DEVFN(0x1e, 7));
	assert_int_equal(c->igd.opregion, OPREGION_FILE);
	assert_string_equal(c->igd.opregion_file, "a=b");
	assert_string_equal(c->igd.vbt_file, "v");
	assert_true(c->igd.vga);
	assert_int_equal(c->igd.rom, ROM_FILE);
	assert_string_equal(c->igd.rom_file, "r,s.rom");
	assert_int_equal(c->igd.host, HOST_REVISION);
	assert_int_equal(c->igd.doorbells, DOORBELLS_PASS);
	assert_true(c->igd.stolen == STOLEN_AT_HOST);
	assert_int_equal(c->igd.lpc, LPC_IDS);
	assert_int_equal(c->igd.lpc_ids.vendor, 0x8086);
	assert_int_equal(c->igd.lpc_ids.device, 0x9d4e);
	assert_int_equal(c->igd.lpc_ids.revision, 0x21);
	assert_int_equal(c->igd.lpc_ids.subvendor, 0x17aa);
	assert_int_equal(c->igd.lpc_ids.subdevice, 0x2248);

	c = ACCEPT("--igd", "00:02.0,lpc=8086:a0b1,rom=bar");
	assert_int_equal(c->igd.lpc, LPC_IDS);
	assert_int_equal(c->igd.lpc_ids.device, 0xa0b1);
	assert_int_equal(c->igd.lpc_ids.revision, 0);
	assert_int_equal(c->igd.rom, ROM_BAR);
	assert_false(c->igd.vga);

	c = ACCEPT("--fixture", "dir", "--dry-run");
	assert_string_equal(c->fixture, "dir");
}

static void repeated_option(void **state)
{
	const struct config *c = ACCEPT("--vfio", "00:1f.3,addr=1f.3", "--vfio",
					"addr=03.0,bdf=01:00.0", "--vfio=/sys/x");

	(void)state;
	assert_int_equal(c->n_vfio, 3);
	assert_string_equal(c->vfio[0].device, "00:1f.3");
	assert_int_equal(c->vfio[0].devfn, DEVFN(0x1f, 3));
	assert_string_equal(c->vfio[1].device, "01:00.0");
	assert_int_equal(c->vfio[1].devfn, DEVFN(3, 0));
	assert_string_equal(c->vfio[2].device, "/sys/x");
	assert_int_equal(c->vfio[2].devfn, DEVFN_ANY);
}

static void forms(void **state)
{
	(void)state;
	/* the first key by name, and not first */
	assert_string_equal(ACCEPT("--igd", "lpc=off,bdf=00:1f.2")->igd.device, "00:1f.2");
	assert_int_equal(ACCEPT("--memory", "size=64M")->memory, 64 * MiB);
	/* a comma in a value is doubled; the third one separates */
	assert_string_equal(ACCEPT("--igd", "00:02.0,gen=a,,b")->igd.gen, "a,b");
	assert_string_equal(ACCEPT("--igd", "00:02.0,gen=,,,lpc=off")->igd.gen, ",");
	assert_string_equal(ACCEPT("--igd", "00:02.0,gen=x=y")->igd.gen, "x=y");
	/* but plain where there are no keys */
	assert_string_equal(ACCEPT("--initrd", "a,b,,c")->initrd, "a,b,,c");
	assert_string_equal(ACCEPT("--initrd", "help")->initrd, "help");
	assert_string_equal(ACCEPT("--cmdline", "")->cmdline, "");
	assert_string_equal(ACCEPT("--cmdline=--x")->cmdline, "--x");
	assert_string_equal(ACCEPT("--cmdline", "--")->cmdline, "--");
	assert_string_equal(ACCEPT("--initrd", "run")->initrd, "run");
	assert_true(ACCEPT("--dry-run=on")->dry_run);
	assert_false(ACCEPT("--verbose=off")->verbose);
	assert_int_equal(ACCEPT("--on-reboot=restart")->on_reboot, REBOOT_RESTART);
	assert_true(ACCEPT("--debug-exit")->debug_exit);
	assert_true(ACCEPT("--keyboard")->keyboard);
	assert_int_equal(ACCEPT("--debugcon", "off")->debugcon, SERIAL_OFF);
	assert_int_equal(ACCEPT("--debugcon", "null")->debugcon, SERIAL_NULL);
	assert_int_equal(ACCEPT("--debugcon", "stderr")->debugcon, SERIAL_STDERR);
	assert_int_equal(ACCEPT("--debugcon", "file=x")->debugcon, SERIAL_FILE);
	assert_string_equal(ACCEPT("--debugcon", "file=x,y")->debugcon_path, "x,y");
	assert_int_equal(ACCEPT("--serial", "null")->serial, SERIAL_NULL);
	assert_int_equal(ACCEPT("--serial=tty")->serial, SERIAL_TTY);
	assert_int_equal(ACCEPT("--serial", "file=a=b,c")->serial, SERIAL_FILE);
	assert_string_equal(ACCEPT("--serial", "file=a=b,c")->serial_path, "a=b,c");
}

static void words(void **state)
{
	static const struct {
		const char *text;
		enum opregion_policy value;
	} t[] = {
		{ "auto", OPREGION_AUTO },
		{ "live", OPREGION_LIVE },
		{ "copy", OPREGION_COPY },
		{ "off", OPREGION_OFF },
	};
	char arg[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		snprintf(arg, sizeof(arg), "00:02.0,opregion=%s", t[i].text);
		assert_int_equal(ACCEPT("--igd", arg)->igd.opregion, t[i].value);
	}
	assert_int_equal(ACCEPT("--igd", "00:02.0,stolen=off")->igd.stolen, 0);
	assert_true(ACCEPT("--igd", "00:02.0,stolen=auto")->igd.stolen == STOLEN_AUTO);
	assert_int_equal(ACCEPT("--igd", "00:02.0,lpc=clone")->igd.lpc, LPC_CLONE);
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} t[] = {
		{ "32M", 32 * MiB },	   { "33554432", 32 * MiB }, { "0x2000000", 32 * MiB },
		{ "0X2000000", 32 * MiB }, { "32768K", 32 * MiB },   { "0x20M", 32 * MiB },
		{ "64m", 64 * MiB },	   { "64MiB", 64 * MiB },    { "1G", GiB },
		{ "1GiB", GiB },	   { "0xacM", 172 * MiB },   { "1T", TiB },
		{ "4096T", 4096 * TiB },   { "0004G", 4 * GiB },     { "514M", 514 * MiB },
		{ "1048576KiB", 1 * GiB },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		if (ACCEPT("--memory", t[i].text)->memory != t[i].bytes)
			fail_msg("%s", t[i].text);
}

#define K "--kernel", "k"

/* Each line must name the option, the value where there is one, and what would be right. */
static void errors(void **state)
{
	static const struct {
		const char *args[ARGS];
		const char *has[4];
	} t[] = {
		{ { NULL }, { "--kernel is missing", "--kernel F" } },
		{ { "run" }, { "--kernel is missing" } },
		{ { "--memory", "1G" }, { "--kernel is missing" } },
		{ { "vmlinuz" }, { "\"vmlinuz\"", "\"run\"", "--kernel F", "--help" } },
		{ { K, "run" }, { "\"run\" is neither an option" } },
		{ { "run", "run" }, { "\"run\" is neither an option" } },
		{ { "-" }, { "\"-\" is neither" } },
		{ { "" }, { "\"\" is neither" } },

		{ { "--kernal", "k" }, { "\"--kernal\"", "nearest is --kernel", "--help" } },
		{ { "--memroy=1G" }, { "\"--memroy\"", "nearest is --memory" } },
		{ { "--cpu", "1" }, { "nearest is --cpus" } },
		{ { "--vebrose" }, { "nearest is --verbose" } },
		{ { "--dryrun" }, { "nearest is --dry-run" } },
		{ { "--sreial" }, { "nearest is --serial" } },
		{ { "--" }, { "unknown option \"--\"" } },
		{ { "-x" }, { "unknown option \"-x\"" } },
		{ { "-hx" }, { "--help takes no value", "\"x\"" } },
		{ { "--help=1" }, { "--help takes no value", "\"1\"" } },
		{ { "--version=" }, { "--version takes no value" } },

		{ { "--kernel" }, { "--kernel needs a value", "--kernel F" } },
		{ { "--kernel", "" }, { "--kernel needs a value" } },
		{ { "--kernel=" }, { "--kernel needs a value" } },
		{ { K, "--serial" }, { "--serial needs a value", "auto|tty|null|file=F" } },
		{ { K, "-m" }, { "--memory needs a value", "--memory SIZE" } },
		{ { "--kernel", "--igd", "x" },
		  { "--kernel needs a value", "\"--igd\" follows", "--kernel=--igd" } },
		{ { K, "--kernel=l" }, { "--kernel is given twice", "keep one" } },
		{ { K, "-m", "1G", "--memory=1G" }, { "--memory is given twice" } },
		{ { K, "--verbose", "--verbose" }, { "--verbose is given twice" } },
		{ { K, "--verbose=yes" }, { "--verbose: \"yes\"", "\"on\" nor \"off\"" } },
		{ { K, "--dry-run=" }, { "--dry-run: \"\"" } },

		{ { K, "--on-reboot", "halt" },
		  { "--on-reboot: \"halt\" is unknown", "exit|restart" } },
		{ { K, "-m", "0" }, { "--memory: \"0\" is too small", "32M" } },
		{ { K, "-m", "31M" }, { "--memory: \"31M\" is too small", "32M" } },
		{ { K, "-m", "512" }, { "\"512\" is too small", "counts bytes" } },
		{ { K, "-m", "x" }, { "--memory: \"x\" is not a size", "512M" } },
		{ { K, "-m", "-1G" }, { "--memory: \"-1G\" is not a size" } },
		{ { K, "-m", " 1G" }, { "\" 1G\" is not a size" } },
		{ { K, "-m", "1G " }, { "\"1G \" is not a size" } },
		{ { K, "-m", "1.5G" }, { "\"1.5G\" is not a size" } },
		{ { K, "-m", "4GB" }, { "\"4GB\" is not a size" } },
		{ { K, "-m", "4Gi" }, { "\"4Gi\" is not a size" } },
		{ { K, "-m", "4E" }, { "\"4E\" is not a size" } },
		{ { K, "-m", "M" }, { "\"M\" is not a size" } },
		{ { K, "-m", "0x" }, { "\"0x\" is not a size" } },
		{ { K, "-m", "4097T" }, { "\"4097T\" is too large", "4096T" } },
		{ { K, "-m", "16777216T" }, { "is too large", "4096T" } }, /* 2^64 */
		{ { K, "-m", "0x4000000000000040M" }, { "is too large" } },
		{ { K, "-m", "18446744073743106048" }, { "is too large" } }, /* 2^64 + 32 MiB */
		{ { K, "-m", "0x10000000002000000" }, { "is too large" } },
		{ { K, "-m", "513M" }, { "--memory: \"513M\" is not a multiple of 2M", "514M" } },
		{ { K, "-m", "524300K" }, { "nearest that is: 512M" } },
		{ { K, "-m", "0x20000001" }, { "nearest that is: 512M" } },
		{ { K, "-m", "64M,64M" }, { "--memory: unknown key \"64M\"", "lists all" } },
		{ { K, "-m", "64M,size=64M" }, { "--memory: \"size\" is given twice" } },
		{ { K, "-m", "64M,hugepages=4M" },
		  { "--memory hugepages: \"4M\" is unknown", "2M|1G" } },
		{ { K, "-m", "64M,hugepages" }, { "needs a value", "hugepages=2M|1G" } },
		{ { K, "-m", "64M,prealloc=yes" }, { "--memory prealloc: \"yes\"", "\"off\"" } },
		{ { K, "-m", "64M,thp=always" }, { "--memory thp: \"always\"", "\"off\"" } },
		{ { K, "-m", "64M,thp" }, { "--memory thp needs a value", "thp=on|off" } },

		{ { K, "-c", "0" }, { "--cpus: \"0\" is out of range", "1 to 4096" } },
		{ { K, "-c", "4097" }, { "--cpus: \"4097\" is out of range", "1 to 4096" } },
		{ { K, "-c", "18446744073709551617" }, { "is out of range" } },
		{ { K, "-c", "two" }, { "--cpus: \"two\" is not a number", "1 to 4096" } },
		{ { K, "-c", "4,2" }, { "--cpus: unknown key \"2\"" } },
		{ { K, "-c", "4,topology=2:2:2" },
		  { "--cpus topology: 2:2:2 is 8 vCPUs", "says 4" } },
		{ { K, "-c", "topology=1:2:1" }, { "is 2 vCPUs", "says 1" } },
		/* 2^32 + 4 */
		{ { K, "-c", "4,topology=1300:2501:1321" }, { "is 4294967300 vCPUs", "says 4" } },
		{ { K, "-c", "2,topology=2" }, { "--cpus topology: \"2\" is not three numbers" } },
		{ { K, "-c", "2,topology=2:1" }, { "is not three numbers", "1:4:2" } },
		{ { K, "-c", "2,topology=2:1:" }, { "is not three numbers" } },
		{ { K, "-c", "2,topology=0:1:2" }, { "is not three numbers from 1 to 4096" } },
		{ { K, "-c", "2,topology=1:-2:1" }, { "is not three numbers" } },
		{ { K, "-c", "2,topology=4097:1:1" }, { "is not three numbers from 1 to 4096" } },
		{ { K, "-c", "2,topology=2:1:1:1" }, { "\":1\" is too much" } },
		{ { K, "-c", "2,topology=2:1:1x" }, { "\"x\" is too much" } },
		{ { K, "-c", "2,topology" }, { "needs a value", "topology=SOCKETS:CORES" } },
		{ { K, "-c", "2,pin=0" },
		  { "--cpus pin: it names 1 host CPUs", "2 vCPUs", "one for each" } },
		{ { K, "-c", "2,pin=0-2" }, { "it names 3 host CPUs" } },
		{ { K, "-c", "2,pin=" }, { "--cpus pin needs a value" } },
		{ { K, "-c", "2,pin=x" }, { "--cpus pin: \"x\" is not a list of CPUs", "0-3,8" } },
		{ { K, "-c", "2,pin=3-1" }, { "\"3-1\" is not a list" } },
		{ { K, "-c", "2,pin=0-" }, { "\"0-\" is not a list" } },
		{ { K, "-c", "2,pin=0,1,,," }, { "\"0,1,\" is not a list" } },
		{ { K, "-c", "2,pin=0,1-2-3" }, { "\"0,1-2-3\" is not a list" } },
		{ { K, "-c", "2,pin=65536" }, { "is not a list" } },
		{ { K, "-c", "2,pin=0-4096" }, { "is more than 4096 CPUs" } },
		{ { K, "-c", "2,pin=0,x" }, { "--cpus: unknown key \"x\"" } },
		{ { K, "-c", "2x" }, { "--cpus: \"2x\" is not a number" } },
		{ { K, "-c", "-1" }, { "--cpus: \"-1\" is not a number" } },

		{ { K, "--igd", "00:2.0" },
		  { "--igd: \"00:2.0\" is not a PCI address", "0000:00:02.0" } },
		{ { K, "--igd", "opregion" }, { "--igd: \"opregion\" is not a PCI address" } },
		{ { K, "--igd", "lpc=off" },
		  { "--igd: the BDF|PATH is missing", "--igd BDF|PATH" } },
		{ { K, "--igd", ",lpc=off" }, { "--igd needs a value", "bdf=BDF|PATH" } },
		{ { K, "--igd", "00:02.0,opregoin=live" },
		  { "--igd: unknown key \"opregoin\"", "nearest is \"opregion\"", "--igd help" } },
		{ { K, "--igd", "00:02.0,stollen" }, { "unknown key \"stollen\"", "\"stolen\"" } },
		{ { K, "--igd", "00:02.0," }, { "unknown key \"\"" } },
		{ { K, "--igd", "00:02.0,=x" }, { "unknown key \"\"" } },
		{ { K, "--igd", "00:02.0,bdf=00:02.0" }, { "--igd: \"bdf\" is given twice" } },
		{ { K, "--igd", "00:02.0,lpc=off,lpc=off" }, { "--igd: \"lpc\" is given twice" } },
		{ { K, "--igd", "00:02.0,lpc" }, { "--igd lpc needs a value", "lpc=clone|off" } },
		{ { K, "--igd", "00:02.0,addr=1f.0" }, { "--igd addr: 1f.0 is the LPC bridge's" } },
		{ { K, "--igd", "00:02.0,addr=00.0" },
		  { "--igd addr: 00.0 is the host bridge's" } },
		{ { K, "--igd", "00:02.0,addr=20.0" }, { "\"20.0\" is no address", "DD.F" } },
		{ { K, "--igd", "00:02.0,addr=02.8" }, { "\"02.8\" is no address" } },
		{ { K, "--igd", "00:02.0,addr=2.0" }, { "\"2.0\" is no address" } },
		{ { K, "--igd", "00:02.0,lpc=8086" }, { "--igd lpc: \"8086\" is unknown" } },
		{ { K, "--igd", "00:02.0,lpc=8086:9d4e:21" }, { "is unknown", "8086:9d4e" } },
		{ { K, "--igd", "00:02.0,lpc=8086:12345" }, { "is unknown" } },
		{ { K, "--igd", "00:02.0,lpc=8086:-1" }, { "is unknown" } },
		{ { K, "--igd", "00:02.0,lpc=8086:9d4e:121:1:1" }, { "is unknown" } },
		{ { K, "--igd", "00:02.0,opregion=file" }, { "\"file\" needs an argument" } },
		{ { K, "--vfio", "addr=03.0" }, { "--vfio: the BDF|PATH is missing" } },
		{ { K, "--vfio", "00:03.0,vga=on" }, { "--vfio: unknown key \"vga\"" } },
		{ { K, "--vfio", "00:03.0,rom=" }, { "--vfio rom needs a value", "off|bar|FILE" } },
		{ { K, "--vfio", "00:03.0,id=8086" }, { "--vfio id: \"8086\"", "8086:9d4e" } },
		{ { K, "--vfio", "00:03.0,id=8086:1:100:2:3" }, { "--vfio id: \"8086:1:100" } },
		{ { K, "--igd", "00:02.0,gen=" }, { "--igd gen needs a value", "gen=NAME" } },
		{ { K, "--igd", "00:02.0,opregion=on" },
		  { "--igd opregion: \"on\"", "auto|live|lazy|copy|off|file=F" } },
		{ { K, "--igd", "00:02.0,opregion=liv" }, { "\"liv\" is unknown" } },
		{ { K, "--igd", "00:02.0,opregion=live=1" },
		  { "\"live\" takes no argument", "drop \"=1\"" } },
		{ { K, "--igd", "00:02.0,stolen=0" },
		  { "--igd stolen: \"0\" is too small", "1M" } },
		{ { K, "--igd", "00:02.0,stolen=8G" }, { "\"8G\" is too large", "4G" } },
		{ { K, "--igd", "00:02.0,stolen=1536K" }, { "not a multiple of 1M", "2M" } },
		{ { K, "--igd", "00:02.0,stolen=lots" }, { "\"lots\"", "auto|off|SIZE" } },

		{ { K, "--serial", "pipe" }, { "--serial: \"pipe\" is unknown", "file=F" } },
		{ { K, "--serial", "file" }, { "--serial: \"file\" needs an argument", "file=F" } },
		{ { K, "--serial", "file=" }, { "--serial: \"file\" needs an argument" } },
		{ { K, "--serial", "ttyS0" }, { "--serial: \"ttyS0\" is unknown" } },
		{ { K, "--serial", "null=x" }, { "\"null\" takes no argument", "\"=x\"" } },
		{ { K, "--serial", "a\nb\033[2J" }, { "--serial: \"a?b?[2J\"" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct config_error err;
		enum config_action action;
		struct config c;
		char text[64] = "";

		if (parse(t[i].args, &c, &action, &err, text, sizeof(text)) != -EINVAL)
			fail_msg("row %zu was accepted", i);
		for (size_t j = 0; j < ARRAY_SIZE(t[i].has) && t[i].has[j]; j++)
			if (!strstr(err.text, t[i].has[j]))
				fail_msg("row %zu: no '%s' in '%s'", i, t[i].has[j], err.text);
		assert_null(strchr(err.text, '\n'));
		assert_string_equal(text, "");
	}
}

/* Values of any length: shortened in the message, refused only where they do not fit. */
static void long_values(void **state)
{
	static char big[2 * CONFIG_ARENA + 64];
	const char *args[] = { "--kernel", "k", "--igd", big, NULL };
	struct config_error err;
	enum config_action action;
	struct config c;
	char text[64] = "";
	size_t head;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	assert_int_equal(parse(args, &c, &action, &err, text, sizeof(text)), -EINVAL);
	assert_non_null(strstr(err.text, "--igd: the value is too long"));

	args[2] = "--serial";
	assert_int_equal(parse(args, &c, &action, &err, text, sizeof(text)), -EINVAL);
	assert_non_null(strstr(err.text, "\" is unknown; it takes auto|tty|null|file=F"));

	args[2] = "--initrd";
	assert_int_equal(parse(args, &c, &action, &err, text, sizeof(text)), 0);
	assert_ptr_equal(c.initrd, big);

	/* The arena to its last byte, and one more. */
	args[2] = "--igd";
	head = (size_t)snprintf(big, sizeof(big), "00:02.0,gen=");
	for (size_t len = CONFIG_ARENA - 8; len < CONFIG_ARENA + 8; len++) {
		int ret;

		memset(big + head, 'y', len);
		big[head + len] = '\0';
		memset(big + head, ',', 2 * 8); /* eight commas, doubled */
		ret = parse(args, &c, &action, &err, text, sizeof(text));
		assert_true(ret == 0 || strstr(err.text, "too long"));
		if (!ret)
			assert_int_equal(strlen(c.igd.gen), len - 8);
		assert_true(c.arena_used <= CONFIG_ARENA);
	}

	/* An unknown name longer than any known one. */
	memset(big, 'o', 1000);
	memcpy(big, "--", 2);
	big[1000] = '\0';
	args[2] = big;
	args[3] = NULL;
	assert_int_equal(parse(args, &c, &action, &err, text, sizeof(text)), -EINVAL);
	assert_non_null(strstr(err.text, "nearest is --"));
}

static void assert_narrow(const char *text)
{
	for (const char *end; (end = strchr(text, '\n')); text = end + 1)
		if (end - text > 80)
			fail_msg("%.*s", (int)(end - text), text);
	assert_string_equal(text, "");
}

static void help(void **state)
{
	static const struct {
		const char *args[ARGS];
		enum config_action action;
		const char *has[16];
	} t[] = {
		{ { "--help" },
		  CONFIG_HELP,
		  { "usage: igdvm [run] --kernel F", "  --kernel F\n", "(required)", "--initrd F",
		    "--cmdline S", "-m, --memory SIZE", "(default: 512M)", "-c, --cpus N",
		    "--igd BDF[,KEY=VALUE...]", "\"--igd help\"", "--serial auto|tty|null|file=F",
		    "--dry-run", "--verbose", "-h, --help", "--version" } },
		{ { "-h" }, CONFIG_HELP, { "usage:" } },
		{ { "run", "--verbose", "--help", "--nonsense" }, CONFIG_HELP, { "usage:" } },
		{ { "--igd", "help" },
		  CONFIG_HELP,
		  { "--igd BDF", "  bdf=BDF|PATH\n", "(required)",
		    "opregion=auto|live|lazy|copy|off|file=F\n", "(default: auto)",
		    "stolen=auto|off|SIZE|at-host\n", "lpc=clone|off|VID:DID[:REV:SVID:SSID]\n",
		    "(default: clone)", "gen=NAME\n" } },
		{ { "--memory=help" }, CONFIG_HELP, { "size=SIZE", "(default: 512M)" } },
		{ { "--serial", "help" }, CONFIG_HELP, { "--serial auto|tty|null|file=F" } },
		{ { "--version" }, CONFIG_VERSION, { "igdvm " } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		enum config_action action = CONFIG_RUN;
		struct config_error err;
		struct config c;
		char text[16384] = "";

		assert_int_equal(parse(t[i].args, &c, &action, &err, text, sizeof(text)), 0);
		assert_int_equal(action, t[i].action);
		for (size_t j = 0; j < ARRAY_SIZE(t[i].has) && t[i].has[j]; j++)
			if (!strstr(text, t[i].has[j]))
				fail_msg("row %zu: no '%s' in:\n%s", i, t[i].has[j], text);
		assert_narrow(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),	 cmocka_unit_test(every_option),
		cmocka_unit_test(forms),	 cmocka_unit_test(words),
		cmocka_unit_test(sizes),	 cmocka_unit_test(errors),
		cmocka_unit_test(help),		 cmocka_unit_test(long_values),
		cmocka_unit_test(every_igd_key), cmocka_unit_test(repeated_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
