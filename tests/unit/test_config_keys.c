// SPDX-License-Identifier: BSD-2-Clause
/*
 * Options whose keys depend on each other, or hold more than a word: --memory, --cpus, --vfio, --smbios.
 */
#include <errno.h>
#include <string.h>

#include "bdf.h"
#include "config_args.h"

static void memory(void **state)
{
	const struct config *c = accept((const char *const[]){ "--kernel", "k", NULL });

	(void)state;
	assert_int_equal(c->huge_page, 0);
	assert_false(c->prealloc);
	assert_true(c->thp);
	c = ACCEPT("--memory", "48G,hugepages=2M,prealloc,thp=off");
	assert_int_equal(c->memory, 48 * GiB);
	assert_int_equal(c->huge_page, 2 * MiB);
	assert_true(c->prealloc);
	assert_false(c->thp);
	c = ACCEPT("-m", "hugepages=1G,prealloc=off,thp=on");
	assert_int_equal(c->memory, 512 * MiB);
	assert_int_equal(c->huge_page, GiB);
	assert_false(c->prealloc);
	assert_true(c->thp);
}

static void cpus(void **state)
{
	static const uint16_t pinned[] = { 0, 1, 2, 3, 8, 65535, 2, 2 };
	const struct config *c = accept((const char *const[]){ "--kernel", "k", NULL });

	(void)state;
	assert_int_equal(c->topology.sockets | c->topology.cores | c->topology.threads, 1);
	c = ACCEPT("--cpus", "6");
	assert_int_equal(c->topology.sockets, 1);
	assert_int_equal(c->topology.cores, 6);
	assert_int_equal(c->topology.threads, 1);
	assert_int_equal(c->n_pin, 0);
	c = ACCEPT("--cpus", "topology=2:3:4,count=24");
	assert_int_equal(c->cpus, 24);
	assert_int_equal(c->topology.sockets, 2);
	assert_int_equal(c->topology.cores, 3);
	assert_int_equal(c->topology.threads, 4);
	/* a list goes on behind a comma, and ends where a key begins */
	c = ACCEPT("--cpus", "pin=0-3,8,65535,2,2-2,count=8,topology=1:4:2");
	assert_int_equal(c->n_pin, 8);
	assert_memory_equal(c->pin, pinned, sizeof(pinned));
	assert_int_equal(c->topology.threads, 2);
	assert_int_equal(ACCEPT("--cpus", "2,pin=1,,0")->pin[0], 1);
	assert_int_equal(ACCEPT("-c", "1,pin=7")->pin[0], 7);
	c = ACCEPT("--cpus", "4096,pin=0-4095");
	assert_int_equal(c->n_pin, 4096);
	assert_int_equal(c->pin[4095], 4095);
}

/* Keys of a repeated option that fill more than their own field. */
static void vfio_keys(void **state)
{
	const struct config *c =
		ACCEPT("--vfio", "01:00.0", "--vfio", "02:00.0,rom=f,id=1234:5678:9a:bcde:f012",
		       "--vfio", "03:00.0,rom=bar,id=8086:1");

	(void)state;
	assert_int_equal(c->n_vfio, 3);
	assert_int_equal(c->vfio[0].rom, ROM_OFF);
	assert_null(c->vfio[0].rom_file);
	assert_int_equal(c->vfio[0].ids.vendor, 0);
	assert_int_equal(c->vfio[1].rom, ROM_FILE);
	assert_string_equal(c->vfio[1].rom_file, "f");
	assert_int_equal(c->vfio[1].ids.device, 0x5678);
	assert_int_equal(c->vfio[1].ids.revision, 0x9a);
	assert_int_equal(c->vfio[1].ids.subvendor, 0xbcde);
	assert_int_equal(c->vfio[1].ids.subdevice, 0xf012);
	assert_int_equal(c->vfio[2].rom, ROM_BAR);
	assert_null(c->vfio[2].rom_file);
	assert_int_equal(c->vfio[2].ids.vendor, 0x8086);
	assert_int_equal(c->vfio[2].ids.subvendor, 0);
	assert_int_equal(c->igd.lpc_ids.vendor, 0);
}

static void smbios_strings(void **state)
{
	static const uint8_t uuid[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
					0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF };
	static const char *const wrong[] = {
		"uuid=",
		"uuid=01234567-89ab-cdef-0123-456789abcde",
		"uuid=01234567-89ab-cdef-0123-456789abcdef0",
		"uuid=01234567089ab-cdef-0123-456789abcdef",
		"uuid=0123456789abcdef0123456789abcdef",
		"uuid=01234567-89ab-cdef-0123-456789abcdeg",
		"uuid= 1234567-89ab-cdef-0123-456789abcdef",
		"oem=",
		"oem=a,oem=b",
		"nothing=x",
	};
	const struct config *c;
	struct config_error err;
	enum config_action action;
	struct config rejected;
	char text[64];

	(void)state;
	c = ACCEPT("--smbios", "oem=io.systemd.credential:a.b=c=d,,e", "--smbios", "plain",
		   "--smbios", "serial=S1,uuid=01234567-89ab-cdef-0123-456789ABCDEF");
	assert_int_equal(c->n_smbios, 3);
	assert_string_equal(c->smbios[0].oem, "io.systemd.credential:a.b=c=d,e");
	assert_false(c->smbios[0].uuid.given);
	assert_string_equal(c->smbios[1].oem, "plain");
	assert_null(c->smbios[2].oem);
	assert_string_equal(c->smbios[2].serial, "S1");
	assert_true(c->smbios[2].uuid.given);
	assert_memory_equal(c->smbios[2].uuid.byte, uuid, sizeof(uuid));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *args[] = { "--kernel", "k", "--smbios", wrong[i], NULL };

		assert_int_equal(parse(args, &rejected, &action, &err, text, sizeof(text)),
				 -EINVAL);
		assert_non_null(strstr(err.text, "--smbios"));
	}
}

/* Rejected, in words that hold each of want. */
static void reject(const char *const *args, const char *const *want)
{
	struct config_error err;
	enum config_action action;
	struct config rejected;
	char text[64];

	assert_int_equal(parse(args, &rejected, &action, &err, text, sizeof(text)), -EINVAL);
	for (; *want; want++)
		assert_non_null(strstr(err.text, *want));
}
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void fs(void **state)
{
	const struct config *c;

	(void)state;
	assert_int_equal(ACCEPT("--rng")->n_fs, 0);
	c = ACCEPT("--fs", "/run/a,tag=x", "--fs", "socket=/run/b,tag=y,queues=3,addr=05.1");
	assert_int_equal(c->n_fs, 2);
	assert_string_equal(c->fs[0].path, "/run/a");
	assert_string_equal(c->fs[0].tag, "x");
	assert_int_equal(c->fs[0].queues, 0);
	assert_int_equal(c->fs[0].devfn, DEVFN_ANY);
	assert_string_equal(c->fs[1].path, "/run/b");
	assert_int_equal(c->fs[1].queues, 3);
	assert_int_equal(c->fs[1].devfn, 5 << 3 | 1);
	reject(WORDS("--kernel", "k", "--fs", "/run/a"), WORDS("--fs", "tag=NAME", "missing"));
	reject(WORDS("--kernel", "k", "--fs", "/run/a,tag="), WORDS("--fs", "tag"));
	reject(WORDS("--kernel", "k", "--fs", "/run/a,tag=0123456789012345678901234567890123456"),
	       WORDS("--fs", "tag", "36 bytes"));
	reject(WORDS("--kernel", "k", "--fs", "/run/a,tag=x,queues=0"), WORDS("queues", "1 to 63"));
	reject(WORDS("--kernel", "k", "--fs", "/run/a,tag=x,queues=64"),
	       WORDS("queues", "1 to 63"));
	reject(WORDS("--kernel", "k", "--fs", "/run/a,tag=x", "--fs", "/run/b,tag=x"),
	       WORDS("--fs", "two", "\"x\""));
	reject(WORDS("--kernel", "k", "--fs", "/run/a,tag=x", "--fs", "/run/a,tag=y"),
	       WORDS("--fs", "two", "/run/a"));
}

static void bind_and_force(void **state)
{
	const struct config *c = ACCEPT("--igd", "00:02.0");

	(void)state;
	assert_false(c->bind || c->force);
	c = ACCEPT("--igd", "00:02.0", "--bind");
	assert_true(c->bind && !c->force);
	c = ACCEPT("--vfio", "00:02.0", "--force", "--bind");
	assert_true(c->bind && c->force);
	reject(WORDS("--kernel", "k", "--bind"), WORDS("--bind", "--igd or --vfio"));
	reject(WORDS("--kernel", "k", "--vfio", "00:03.0", "--force"), WORDS("--force", "--bind"));
	reject(WORDS("--kernel", "k", "--vfio", "00:03.0", "--force", "--bind=off"),
	       WORDS("--force", "--bind"));
	reject(WORDS("--kernel", "k", "--igd", "00:02.0", "--bind", "--fixture", "d"),
	       WORDS("--bind", "--fixture"));
}

static void balloon(void **state)
{
	const struct config *c = accept((const char *const[]){ "--kernel", "k", NULL });

	(void)state;
	assert_false(c->balloon.present);
	c = ACCEPT("--balloon", "256M");
	assert_true(c->balloon.present);
	assert_int_equal(c->balloon.target, 256 * MiB);
	assert_int_equal(ACCEPT("--balloon", "target=512M")->balloon.target, 512 * MiB);
	assert_int_equal(ACCEPT("--balloon", "1G", "-m", "1G")->balloon.target, GiB);
	c = ACCEPT("--balloon", "all");
	assert_true(c->balloon.present);
	assert_int_equal(c->balloon.target, 0);
	reject(WORDS("--kernel", "k", "--balloon", "513M"), WORDS("--balloon", "512M"));
	reject(WORDS("--kernel", "k", "--balloon", "all", "--igd", "00:02.0"),
	       WORDS("--balloon", "--igd", "pinned"));
	reject(WORDS("--kernel", "k", "--balloon", "all", "--vfio", "00:03.0"),
	       WORDS("--balloon", "--vfio", "pinned"));
	reject(WORDS("--kernel", "k", "--balloon", "all", "-m", "1G,hugepages=2M"),
	       WORDS("--balloon", "hugepages"));
}

static void network_cards(void **state)
{
	static const char *const bad_macs[] = {
		"",
		"02:00:00:00:00",
		"02:00:00:00:00:0",
		"02:00:00:00:00:0g",
		"02-00-00-00-00-01",
		"2:00:00:00:00:001",
		"02:00:00:00:00:01x",
		"01:00:5e:00:00:01",
		"ff:ff:ff:ff:ff:ff",
		"00:00:00:00:00:00",
		"+2:00:00:00:00:01",
		" 2:00:00:00:00:01",
	};
	const struct config *c =
		ACCEPT("--net", "tap0", "--net", "fd=9,mac=02:AB:cd:00:00:01,addr=1f.3", "--net",
		       "passt=/s", "--net", "tap=tap1,queues=31");
	char arg[64];

	(void)state;
	assert_int_equal(c->n_nets, 4);
	assert_string_equal(c->net[0].tap, "tap0");
	assert_false(c->net[0].mac.given);
	assert_int_equal(c->net[0].queues, 0);
	assert_int_equal(c->net[0].devfn, DEVFN_ANY);
	assert_int_equal(c->net[1].fd, 9);
	assert_true(c->net[1].mac.given);
	assert_memory_equal(c->net[1].mac.byte, "\x02\xab\xcd\x00\x00\x01", 6);
	assert_int_equal(c->net[1].devfn, DEVFN(0x1f, 3));
	assert_string_equal(c->net[2].passt, "/s");
	assert_int_equal(c->net[3].queues, 31);
	for (size_t i = 0; i < ARRAY_SIZE(bad_macs); i++) {
		snprintf(arg, sizeof(arg), "tap0,mac=%s", bad_macs[i]);
		reject(WORDS("--kernel", "k", "--net", arg), WORDS("--net mac"));
	}
	reject(WORDS("--kernel", "k", "--net", "fd=2"), WORDS("--net fd", "3"));
	reject(WORDS("--kernel", "k", "--net", "tap=abcdefghijklmnop"), WORDS("--net", "15 bytes"));
	reject(WORDS("--kernel", "k", "--net", "queues=2"), WORDS("--net", "tap=NAME", "passt"));
	reject(WORDS("--kernel", "k", "--net", "t,fd=5"), WORDS("--net", "one of tap"));
	reject(WORDS("--kernel", "k", "--net", "fd=5,passt=s"), WORDS("--net", "one of tap"));
	reject(WORDS("--kernel", "k", "--net", "fd=5,queues=2"), WORDS("--net queues", "drop"));
	reject(WORDS("--kernel", "k", "--net", "passt=s,queues=2"), WORDS("--net queues"));
	reject(WORDS("--kernel", "k", "--net", "t,queues=32"), WORDS("--net queues", "31"));
	reject(WORDS("--kernel", "k", "--net", "t", "--net", "tap=t"), WORDS("two cards"));
	reject(WORDS("--kernel", "k", "--net", "fd=5", "--net", "fd=5"), WORDS("two cards"));
	reject(WORDS("--kernel", "k", "--net", "passt=a", "--net", "passt=a"), WORDS("two cards"));
	reject(WORDS("--kernel", "k", "--net", "a,mac=02:00:00:00:00:01", "--net",
		     "b,mac=02:00:00:00:00:01"),
	       WORDS("--net mac", "two cards"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),
		cmocka_unit_test(cpus),
		cmocka_unit_test(vfio_keys),
		cmocka_unit_test(smbios_strings),
		cmocka_unit_test(fs),
		cmocka_unit_test(balloon),
		cmocka_unit_test(bind_and_force),
		cmocka_unit_test(network_cards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
