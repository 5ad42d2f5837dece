// SPDX-License-Identifier: BSD-2-Clause
/*
 * opregion_tables.c - what is where in the OpRegion.
 */
#include "opregion_tables.h"
#include "field_rows.h"

/* clang-format off */

const struct field opregion_header[] = {
	STRING("sbios", 0x18, 32),
	STRING("vbios", 0x38, 16),
	STRING("gop", 0x48, 16),
	STRING("driver", 0x64, 32),
	FLAGS("mailboxes", 0x58, 4, NAMES(
		NAME(0, "1 acpi"), NAME(1, "2 swsci"), NAME(2, "3 asle"), NAME(3, "4 vbt"),
		NAME(4, "5 asle_ext"), NAME(5, "2 backlight"))),
	HEX("dmod", 0x5c, 4),
	/* 9 to 12 are for discrete graphics; 13 counts from version 2.3 on */
	FLAGS("pcon", 0x60, 4, NAMES(
		NAME(9, "mother_board_down"), NAME(10, "mother_board_down_valid"), NAME(11, "vrsr"),
		NAME(12, "vrsr_valid"), NAME(13, "headless"))),
	END
};

const struct field opregion_mailbox1[] = {
	HEX("drdy", 0x00, 4),
	HEX("csts", 0x04, 4),
	HEX("cevt", 0x08, 4),
	HEX("aslp", 0xa0, 4),
	HEX("tidx", 0xa4, 4),
	NAMED("chpd", 0xa8, 4, NAMES(NAME(0, "firmware reports hotplug"), NAME(1, "driver handles hotplug"))),
	NAMED("clid", 0xac, 4, NAMES(NAME(0, "lid closed"), NAME(1, "lid open"))),
	NAMED("cdck", 0xb0, 4, NAMES(NAME(0, "not docked"), NAME(1, "docked"))),
	HEX("sxsw", 0xb4, 4),
	HEX("evts", 0xb8, 4),
	HEX("cnot", 0xbc, 4),
	HEX("nrdy", 0xc0, 4),
	END
};

/* Function and subfunction while called; exit status and parameter once firmware is done. */
const struct field opregion_mailbox2[] = {
	HEX("scic", 0, 4),
	BOOL("scic_pending", 0, 4, .mask = 0x1),
	NAMED("scic_function", 0, 4, NAMES(
		NAME(0, "none"), NAME(4, "get BIOS data"), NAME(6, "system BIOS callback")), .mask = 0x1e),
	NAMED("scic_status", 0, 4, NAMES(NAME(0, "none"), NAME(1, "success")), .mask = 0xe0),
	NUMBER("scic_parameter", 0, 4, .mask = 0xff00),
	HEX("parm", 4, 4),
	NUMBER("dslp_ms", 8, 4),
	END
};

const struct field opregion_mailbox3[] = {
	FLAGS("ardy", 0x00, 4, NAMES(NAME(0, "ready"))),
	FLAGS("aslc", 0x04, 4, NAMES(
		NAME(0, "set_als"), NAME(1, "set_backlight"), NAME(2, "set_pfit"), NAME(3, "set_pwm_freq"),
		NAME(4, "rotation"), NAME(5, "button_array"), NAME(6, "convertible"), NAME(7, "docking"),
		NAME(8, "isct"), NAME(10, "als_failed"), NAME(12, "backlight_failed"),
		NAME(14, "pfit_failed"), NAME(16, "pwm_freq_failed"), NAME(18, "rotation_failed"),
		NAME(20, "button_array_failed"), NAME(22, "convertible_failed"),
		NAME(24, "docking_failed"), NAME(26, "isct_failed"))),
	FLAGS("tche", 0x08, 4, NAMES(
		NAME(0, "als"), NAME(1, "backlight"), NAME(2, "pfit"), NAME(3, "pfmb"))),
	NUMBER("alsi_lux", 0x0c, 4),
	BOOL("bclp_valid", 0x10, 4, .mask = 0x80000000),
	NUMBER("bclp", 0x10, 4, .mask = 0x7fffffff),
	FLAGS("pfit", 0x14, 4, NAMES(
		NAME(0, "center"), NAME(1, "stretch_text"), NAME(2, "stretch_graphics"), NAME(31, "valid"))),
	BOOL("cblv_valid", 0x18, 4, .mask = 0x80000000),
	NUMBER("cblv_percent", 0x18, 4, .mask = 0x7fffffff),
	HEX("cpfm", 0x44, 4),
	HEX("epfm", 0x48, 4),
	BOOL("pfmb_brightness_valid", 0x96, 4, .mask = 0x100),
	NUMBER("pfmb_min_brightness", 0x96, 4, .mask = 0xff),
	BOOL("pfmb_pwm_valid", 0x96, 4, .mask = 0x80000000),
	NUMBER("pfmb_pwm", 0x96, 4, .mask = 0x7ffffe00),
	HEX("ccdv", 0x9a, 4),
	HEX("pcft", 0x9e, 4),
	HEX("srot", 0xa2, 4),
	FLAGS("iuer", 0xa6, 4, NAMES(
		NAME(0, "power"), NAME(1, "windows"), NAME(2, "volume_up"), NAME(3, "volume_down"),
		NAME(4, "rotation_lock"), NAME(6, "convertible"), NAME(7, "docking"))),
	HEX("fdss", 0xaa, 8),
	HEX("fdsp", 0xb2, 4),
	HEX("stat", 0xb6, 4),
	END
};

const struct field opregion_device_id[] = {
	HEX("id", 0, 4),
	NAMED("type", 0, 4, NAMES(
		NAME(0, "other"), NAME(1, "VGA"), NAME(2, "TV"), NAME(3, "external digital"),
		NAME(4, "internal digital")), .mask = 0xf00),
	NUMBER("index", 0, 4, .mask = 0xf),
	NUMBER("port", 0, 4, .mask = 0xf0),
	BOOL("acpi_scheme", 0, 4, .mask = 0x80000000),
	END
};
/* clang-format on */
