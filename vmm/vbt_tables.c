// SPDX-License-Identifier: BSD-2-Clause
/*
 * vbt_tables.c - what is where in the VBT's blocks.
 */
#include "vbt_tables.h"
#include "field_rows.h"

/* clang-format off */

const struct field_name vbt_block_names[] = {
	NAME(1, "general_features"),
	NAME(2, "general_definitions"),
	NAME(3, "display_toggle"),
	NAME(4, "mode_support_list"),
	NAME(5, "generic_mode_table"),
	NAME(6, "ext_mmio_regs"),
	NAME(7, "swf_io"),
	NAME(8, "swf_mmio"),
	NAME_IN(9, "dot_clock_override_alm", 0, 164),
	NAME_IN(9, "psr", 165, 0),
	NAME(10, "mode_removal_table"),
	NAME(11, "child_device_table"),
	NAME(12, "driver_features"),
	NAME(13, "driver_persistence"),
	NAME(14, "ext_table_ptrs"),
	NAME(15, "dot_clock_override"),
	NAME(16, "display_select_old"),
	NAME(17, "sv_test_functions"),
	NAME(18, "driver_rotation"),
	NAME(19, "display_remove_old"),
	NAME(20, "oem_custom"),
	NAME(21, "efp_list"),
	NAME(22, "sdvo_lvds_options"),
	NAME(23, "sdvo_lvds_dtd"),
	NAME(24, "sdvo_lvds_pnp_id"),
	NAME(25, "sdvo_lvds_pps"),
	NAME(26, "tv_options"),
	NAME(27, "edp"),
	NAME(28, "efp_dtd"),
	NAME(29, "display_select_ivb"),
	NAME(30, "display_remove_ivb"),
	NAME(31, "display_select_hsw"),
	NAME(32, "display_remove_hsw"),
	NAME(40, "lfp_options"),
	NAME(41, "lfp_data_ptrs"),
	NAME(42, "lfp_data"),
	NAME(43, "lfp_backlight"),
	NAME(44, "lfp_power"),
	NAME(45, "edp_bfi"),
	NAME(46, "chromaticity"),
	NAME(50, "mipi"),
	NAME(51, "fixed_set_mode"),
	NAME(52, "mipi_config"),
	NAME(53, "mipi_sequence"),
	NAME(54, "rgb_palette"),
	NAME(55, "compression_parameters_old"),
	NAME(56, "compression_parameters"),
	NAME(57, "vswing_preemph"),
	NAME(58, "generic_dtd"),
	NAME(252, "int15_hook"),
	NAME(253, "prd_table"),
	NAME(254, "vbios_private"),
	END
};

/* ---- block 1 ---- */

const struct field vbt_general_features[] = {
	NAMED("panel_fitting", 0, 1, NAMES(
		NAME(0, "off"), NAME(1, "text"), NAME(2, "graphics"), NAME(3, "text_and_graphics")),
		.mask = 0x03),
	BOOL("flexaim", 0, 1, .mask = 0x04),
	BOOL("message", 0, 1, .mask = 0x08),
	NUMBER("clear_screen", 0, 1, .mask = 0x70),
	BOOL("color_flip", 0, 1, .mask = 0x80),
	FLAGS("bits", 1, 2, NAMES(
		NAME(0, "download_ext_vbt"), NAME(1, "ssc"), NAME(2, "ssc_freq_alternate"),
		NAME(3, "lfp_on_override"), NAME(4, "ssc_off_on_clone"),
		NAME(5, "underscan_vga_timings"),
		NAME_IN(6, "display_clock_mode", 0, 182), NAME_IN(6, "dynamic_cd_clock", 183, 0),
		NAME(7, "vbios_hotplug"), NAME(8, "smooth_vision_off"), NAME(9, "single_dvi"),
		NAME_IN(10, "rotate_180", 181, 0), NAME(11, "fdi_rx_inverted"),
		NAME_IN(12, "vbios_extended_mode", 160, 0),
		NAME_IN(13, "copy_lfp_dtd_to_sdvo", 160, 0),
		NAME_IN(14, "panel_best_fit_timing", 160, 0),
		NAME_IN(15, "ignore_strap_state", 160, 0))),
	BOOL("legacy_monitor_detect", 3, 1),
	FLAGS("integrated", 4, 1, NAMES(
		NAME(0, "crt"), NAME(1, "tv"), NAME(2, "efp"), NAME(3, "dp_ssc"),
		NAME(4, "dp_ssc_freq_alternate"), NAME(5, "dp_ssc_dongle"))),
	NUMBER("tc_hpd_retry_timeout", 5, 1, .mask = 0x7f, .since = 242),
	NUMBER("afc_startup_config", 6, 1, .mask = 0x03, .since = 249),
	END
};

/* ---- block 2 ---- */

const struct field vbt_general_definitions[] = {
	HEX("crt_ddc_gmbus_pin", 0, 1),
	FLAGS("dpms", 1, 1, NAMES(NAME(0, "non_acpi"), NAME(1, "skip_boot_crt_detect"), NAME(2, "aim"))),
	HEX("boot_display", 2, 2),
	NUMBER("child_size", 4, 1),
	END
};

const struct field_name vbt_handle_names[] = {
	NAME_IN(0, "CRT", 0, 216), NAME_IN(0, "EFP6", 217, 0),
	NAME_IN(1, "TV", 0, 214), NAME_IN(1, "EFP5", 215, 0),
	NAME(2, "EFP1"), NAME(3, "LFP1"), NAME(4, "EFP4"), NAME(5, "EFP3"), NAME(6, "EFP2"),
	NAME(7, "LFP2"), NAME_IN(8, "EFP7", 217, 0), NAME_IN(9, "EFP8", 217, 0),
	END
};

const struct field_name vbt_type_names[] = {
	NAME(0x0001, "CRT"), NAME(0x0009, "TV"), NAME(0x0012, "EFP"), NAME(0x0022, "LFP"),
	NAME(0x6001, "CRT"), NAME(0x4001, "CRT"),
	NAME(0x0209, "TV"), NAME(0x0289, "TV"), NAME(0x020c, "TV"), NAME(0x0609, "TV"),
	NAME(0x6009, "TV"), NAME(0x1009, "TV"),
	NAME(0x6012, "EFP"), NAME(0x6052, "DVI"), NAME(0x6053, "DVI-I"), NAME(0x6152, "DVI-D dual link"),
	NAME(0x6062, "OpenLDI"), NAME(0x6162, "OpenLDI"),
	NAME(0x5012, "PanelLink"), NAME(0x5042, "CMOS LFP"), NAME(0x5062, "LVDS"),
	NAME(0x5162, "LVDS"), NAME(0x51e2, "LVDS"), NAME(0x1022, "LFP"),
	NAME(0x60d2, "HDMI/DVI"), NAME(0x68c6, "DisplayPort"), NAME(0x60d6, "DisplayPort/HDMI/DVI"),
	NAME(0x68d6, "DisplayPort/DVI"), NAME(0x68d2, "DVI"), NAME(0x78c6, "eDP"), NAME(0x7cc2, "MIPI"),
	END
};

const struct field_name vbt_type_bits[] = {
	NAME(0, "analog"), NAME(1, "digital"), NAME(2, "displayport"), NAME(3, "video"),
	NAME(4, "tmds"), NAME(5, "lvds"), NAME(6, "high_speed_link"), NAME(7, "content_protection"),
	NAME(8, "dual_channel"), NAME(9, "composite"), NAME(10, "mipi"), NAME(11, "not_hdmi"),
	NAME(12, "internal"), NAME(13, "hotplug"), NAME(14, "power_management"),
	NAME(15, "class_extension"),
	END
};

static const struct field_name dvo_ports_old[] = {
	NAME(0, "DVO-A"), NAME(1, "DVO-B"), NAME(2, "DVO-C"),
	END
};

static const struct field_name dvo_ports[] = {
	NAME(0, "HDMI-A"), NAME(1, "HDMI-B"), NAME(2, "HDMI-C"), NAME(3, "HDMI-D"), NAME(4, "LVDS"),
	NAME(5, "TV"), NAME(6, "CRT"), NAME(7, "DP-B"), NAME(8, "DP-C"), NAME(9, "DP-D"),
	NAME(10, "DP-A"), NAME_IN(11, "DP-E", 193, 0), NAME_IN(12, "HDMI-E", 193, 0),
	NAME(13, "DP-F"), NAME(14, "HDMI-F"), NAME_IN(15, "DP-G", 217, 0),
	NAME_IN(16, "HDMI-G", 217, 0), NAME_IN(17, "DP-H", 217, 0), NAME_IN(18, "HDMI-H", 217, 0),
	NAME_IN(19, "DP-I", 217, 0), NAME_IN(20, "HDMI-I", 217, 0), NAME_IN(21, "MIPI-A", 171, 0),
	NAME_IN(22, "MIPI-B", 171, 0), NAME_IN(23, "MIPI-C", 171, 0), NAME_IN(24, "MIPI-D", 171, 0),
	END
};

/* As encoded; which pins a letter stands for depends on the platform, and so it does for DDC. */
static const struct field_name aux_channels[] = {
	NAME(0x00, "none"), NAME(0x40, "A"), NAME(0x10, "B"), NAME(0x20, "C"), NAME(0x30, "D"),
	NAME(0x50, "E"), NAME(0x60, "F"), NAME(0x70, "G"), NAME(0x80, "H"), NAME(0x90, "I"),
	END
};

const struct field vbt_child[] = {
	NAMED("dvo_port", 16, 1, dvo_ports_old, .until = 154),
	NAMED("dvo_port", 16, 1, dvo_ports, .since = 155),
	HEX("ddc_pin", 19, 1),
	NAMED("aux_channel", 25, 1, aux_channels, .since = 155),
	FLAGS("supports", 24, 1, NAMES(NAME(0, "hdmi"), NAME(1, "dp"), NAME(2, "tmds")), .since = 158),
	FLAGS("port_flags", 23, 1, NAMES(
		NAME(0, "efp_routed"), NAME_IN(1, "lane_reversal", 184, 0), NAME_IN(2, "lspcon", 192, 0),
		NAME_IN(3, "iboost", 196, 0), NAME_IN(4, "hpd_invert", 196, 0),
		NAME_IN(5, "use_vbt_vswing", 218, 0)), .mask = 0x3f, .since = 158),
	NAMED("dp_max_lanes", 23, 1, NAMES(
		NAME(0, "1"), NAME(1, "2"), NAME(2, "3"), NAME(3, "4")), .mask = 0xc0, .since = 244),
	NUMBER("i2c_speed", 4, 1, .since = 155),
	NUMBER("hdmi_level_shifter", 7, 1, .mask = 0x1f, .since = 158),
	NAMED("hdmi_max_data_rate", 7, 1, NAMES(
		NAME(0, "platform"), NAME(1, "297 MHz"), NAME(2, "165 MHz"), NAME_IN(3, "594 MHz", 249, 0),
		NAME_IN(4, "340 MHz", 249, 0), NAME_IN(5, "300 MHz", 249, 0)), .mask = 0xe0, .since = 204),
	FLAGS("stream_flags", 10, 1, NAMES(
		NAME(0, "edidless_efp"), NAME_IN(1, "compression", 198, 0),
		NAME_IN(2, "compression_cps", 198, 0), NAME_IN(3, "ganged_edp", 202, 0),
		NAME_IN(4, "lttpr_non_transparent", 235, 0),
		NAME_IN(5, "no_compression_external", 251, 0)), .since = 161),
	NUMBER("compression_index", 11, 1, .mask = 0x0f, .since = 198),
	NUMBER("hdmi_max_frl_rate", 12, 1, .mask = 0x0f, .since = 237),
	BOOL("hdmi_max_frl_rate_valid", 12, 1, .mask = 0x10, .since = 237),
	NUMBER("pipe_cap", 27, 1, .mask = 0x03),
	NUMBER("hpd_status", 27, 1, .mask = 0x18),
	BOOL("integrated_encoder", 27, 1, .mask = 0x20),
	NAMED("mipi_bridge", 29, 1, NAMES(
		NAME(0, "none"), NAME(1, "ASUS"), NAME(2, "Toshiba"), NAME(3, "Renesas")), .since = 171),
	HEX("extended_type", 30, 2),
	FLAGS("connector_flags", 33, 1, NAMES(
		NAME(0, "usb_type_c"), NAME_IN(1, "thunderbolt", 209, 0),
		NAME_IN(2, "dedicated_external", 264, 0), NAME_IN(3, "dyn_port_over_tc", 264, 0)),
		.mask = 0x0f, .since = 195),
	NUMBER("dp_port_trace_length", 33, 1, .mask = 0xf0, .since = 209),
	NUMBER("dp_gpio_index", 34, 1, .since = 195),
	NUMBER("dp_gpio_pin", 35, 2, .since = 195),
	NUMBER("dp_iboost_level", 37, 1, .mask = 0x0f, .since = 196),
	NUMBER("hdmi_iboost_level", 37, 1, .mask = 0xf0, .since = 196),
	NAMED("dp_max_link_rate", 38, 1, NAMES(
		NAME_IN(0, "HBR3", 0, 229), NAME_IN(1, "HBR2", 0, 229), NAME_IN(2, "HBR", 0, 229),
		NAME_IN(3, "LBR", 0, 229),
		NAME_IN(0, "platform", 230, 0), NAME_IN(1, "LBR", 230, 0), NAME_IN(2, "HBR", 230, 0),
		NAME_IN(3, "HBR2", 230, 0), NAME_IN(4, "HBR3", 230, 0), NAME_IN(5, "UHBR10", 230, 0),
		NAME_IN(6, "UHBR13.5", 230, 0), NAME_IN(7, "UHBR20", 230, 0)), .mask = 0x07, .since = 216),
	NUMBER("efp_index", 39, 1, .since = 256),
	FLAGS("edp_rates_skipped", 40, 4, NAMES(
		NAME(0, "1.62"), NAME(1, "2.16"), NAME(2, "2.43"), NAME(3, "2.7"), NAME(4, "3.24"),
		NAME(5, "4.32"), NAME(6, "5.4"), NAME(7, "6.75"), NAME(8, "8.1"), NAME(9, "10"),
		NAME(10, "13.5"), NAME(11, "20")), .mask = 0xfff, .since = 263),
	END
};

/* ---- the panel: blocks 9, 27, 40, 43, 44 ---- */

const struct field vbt_psr[] = {
	BOOL("full_link", 0, 1, .mask = 0x01, .since = 165, .step = 6),
	BOOL("aux_to_wake_up", 0, 1, .mask = 0x02, .since = 165, .step = 6),
	NUMBER("idle_frames", 1, 1, .mask = 0x0f, .since = 165, .step = 6),
	NUMBER("lines_to_wait", 1, 1, .mask = 0x70, .since = 165, .step = 6),
	NUMBER("tp1_wakeup", 2, 2, .since = 165, .step = 6),
	NUMBER("tp2_tp3_wakeup", 4, 2, .since = 165, .step = 6),
	NAMED("psr2_tp2_tp3_wakeup", 96, 4, NAMES(
		NAME(0, "500 us"), NAME(1, "100 us"), NAME(2, "2500 us"), NAME(3, "50 us")),
		.mask = 0x03, .since = 226, .bit_step = 2),
	END
};

/* Times of the power sequence are in units of 100 us. */
const struct field vbt_edp[] = {
	NUMBER("t1_t3_100us", 0, 2, .step = 10),
	NUMBER("t8_100us", 2, 2, .step = 10),
	NUMBER("t9_100us", 4, 2, .step = 10),
	NUMBER("t10_100us", 6, 2, .step = 10),
	NUMBER("t11_t12_100us", 8, 2, .step = 10),
	NAMED("color_depth", 160, 4, NAMES(
		NAME(0, "18 bpp"), NAME(1, "24 bpp"), NAME(2, "30 bpp")),
		.mask = 0x03, .bit_step = 2),
	NAMED("fast_link_rate", 164, 2, NAMES(
		NAME(0, "1.62 Gbps"), NAME(1, "2.7 Gbps"), NAME(2, "5.4 Gbps")),
		.mask = 0x000f, .until = 223, .step = 2),
	NAMED("fast_link_lanes", 164, 2, NAMES(NAME(0, "1"), NAME(1, "2"), NAME(3, "4")),
		.mask = 0x00f0, .step = 2),
	BOOL("t3_optimization", 202, 2, .mask = 1, .since = 165, .bit_step = 1),
	BOOL("fast_link_training", 212, 2, .mask = 1, .since = 182, .bit_step = 1),
	NUMBER("pwm_on_to_backlight", 216, 2, .since = 186, .step = 4),
	NUMBER("backlight_to_pwm_off", 218, 2, .since = 186, .step = 4),
	NUMBER("fast_link_training_rate", 748, 2, .since = 224, .step = 2),
	NUMBER("max_port_link_rate", 780, 2, .since = 244, .step = 2),
	BOOL("dsc_off", 812, 2, .mask = 1, .since = 251, .bit_step = 1),
	END
};

const struct field vbt_lfp_options[] = {
	NUMBER("panel_type_2", 1, 1, .since = 212),
	NUMBER("pfit_mode", 2, 1, .mask = 0x03),
	BOOL("pixel_dither", 2, 1, .mask = 0x20),
	BOOL("edid", 2, 1, .mask = 0x40, .until = 240),
	NUMBER("channel_bits", 4, 4, .mask = 0x03, .bit_step = 2),
	BOOL("ssc", 8, 2, .mask = 1, .bit_step = 1),
	BOOL("ssc_freq_alternate", 10, 2, .mask = 1, .bit_step = 1),
	BOOL("color_depth_24", 14, 2, .mask = 1, .bit_step = 1),
	NUMBER("dps_type", 16, 4, .mask = 0x03, .bit_step = 2),
	NUMBER("backlight_control_type", 20, 4, .mask = 0x03, .until = 240, .bit_step = 2),
	BOOL("vcc_on_in_s0", 24, 2, .mask = 1, .since = 200, .bit_step = 1),
	NAMED("rotation", 26, 4, NAMES(
		NAME(0, "0 degrees"), NAME(1, "90 degrees"), NAME(2, "180 degrees"), NAME(3, "270 degrees")),
		.mask = 0x03, .since = 228, .bit_step = 2),
	END
};

/* Behind the entry's size, which must be 6. */
const struct field vbt_lfp_backlight[] = {
	NAMED("type", 1, 1, NAMES(NAME(0, "none"), NAME(1, "I2C"), NAME(2, "PWM")), .mask = 0x03, .step = 6),
	BOOL("active_low", 1, 1, .mask = 0x04, .step = 6),
	NUMBER("pwm_hz", 2, 2, .step = 6),
	NUMBER("min_brightness", 4, 1, .until = 233, .step = 6),
	NUMBER("level", 97, 1, .since = 162, .until = 233, .step = 1),
	NUMBER("control_type", 113, 1, .mask = 0x0f, .since = 191, .step = 1),
	NUMBER("controller", 113, 1, .mask = 0xf0, .since = 191, .step = 1),
	NUMBER("brightness_level", 129, 2, .since = 234, .step = 4),
	NUMBER("brightness_min_level", 193, 2, .since = 234, .step = 4),
	NUMBER("brightness_precision_bits", 257, 1, .since = 236, .step = 1),
	NUMBER("hdr_dpcd_refresh_timeout_10us", 273, 2, .since = 239, .step = 2),
	END
};

const struct field vbt_lfp_power[] = {
	BOOL("dpst", 22, 2, .mask = 1, .since = 228, .until = 256, .bit_step = 1),
	BOOL("psr", 24, 2, .mask = 1, .since = 228, .bit_step = 1),
	BOOL("drrs", 26, 2, .mask = 1, .since = 228, .bit_step = 1),
	BOOL("adb", 34, 2, .mask = 1, .since = 228, .bit_step = 1),
	BOOL("hobl", 54, 2, .mask = 1, .since = 232, .bit_step = 1),
	BOOL("vrr", 56, 2, .mask = 1, .since = 233, .bit_step = 1),
	END
};
/* clang-format on */
