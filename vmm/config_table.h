/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * config_table.h - the shape of the option table, for config*.c only.
 *
 * config_options.c, config_host.c and config_virtio.c hold the rows, config_value.c and config_print.c the
 * kinds of value; config.c, config_file.c and config_dump.c walk both.
 */
#ifndef IGDVM_CONFIG_TABLE_H
#define IGDVM_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* A word that stands for a value. */
struct config_word {
	const char *name; /* "": any other text, which is then the argument */
	uint64_t value;
	/* The word continues "=ARG", and this is where in struct config the text goes. */
	const char *arg;
	size_t arg_offset;
};

struct config_row;

/*
 * Put the value that text means at row->offset of *c. where ("--igd stolen") is for messages.
 * 0, or config_fail(); *c then does not matter.
 */
typedef int config_value_fn(struct config *c, const struct config_row *row, const char *where,
			    const char *text, struct config_error *err);

config_value_fn config_string;	 /* const char *: at most max bytes, unless that is 0 */
config_value_fn config_flag;	 /* bool: on, off */
config_value_fn config_word;	 /* an enum: one of words */
config_value_fn config_size;	 /* uint64_t: bytes with a unit, or one of words */
config_value_fn config_count;	 /* unsigned */
config_value_fn config_device;	 /* const char *: PCI address or absolute path */
config_value_fn config_addr;	 /* uint8_t: "DD.F", the guest's devfn */
config_value_fn config_lpc;	 /* enum lpc_policy; ids go to the row's ids_offset */
config_value_fn config_mac;	 /* struct config_mac: a unicast address */
config_value_fn config_ids;	 /* struct config_ids, at the row's ids_offset */
config_value_fn config_regex;	 /* const char *: an extended regular expression */
config_value_fn config_duration; /* uint64_t: milliseconds */
config_value_fn config_uuid;	 /* struct config_uuid */
config_value_fn config_topology; /* struct topology: "S:C:T" */
config_value_fn config_cpu_list; /* uint16_t[max]: "0-3,8"; how many goes to count_offset */

/*
 * The inverse of a config_value_fn: write to out what it would make of the field of *c. false, and
 * nothing is written: the field holds what stays there when nothing is given.
 */
typedef bool config_print_fn(const struct config *c, const struct config_row *row, FILE *out);

/* A size as a person would write it: 512M. buf has CONFIG_SIZE_STRLEN bytes and is returned. */
#define CONFIG_SIZE_STRLEN 32
const char *config_size_text(uint64_t size, char *buf);

/* What belongs to a config_value_fn. */
struct config_type {
	config_value_fn *parse;
	config_print_fn *print;
	size_t size; /* of the field, in bytes; 0: it is not at row->offset alone */
	bool text;   /* the field is a const char * */
};
extern const struct config_type config_types[]; /* parse NULL ends; config_print.c */

/* The type of a row that has a parse function. */
const struct config_type *config_type_of(const struct config_row *row);

/* The values that follow from others are not given: true for a field that holds such a value. */
typedef bool config_implied_fn(const struct config *c);

config_implied_fn config_implied_topology;
config_implied_fn config_implied_serial;

/* What one option's values must be to each other: 0, or config_fail(). May fill in what was not given. */
typedef int config_check_fn(struct config *c, struct config_error *err);

config_check_fn config_check_cpus;
config_check_fn config_check_balloon;
config_check_fn config_check_bind;
config_check_fn config_check_net;
config_check_fn config_check_console;
config_check_fn config_check_fs;
config_check_fn config_check_pass;
config_check_fn config_check_json;
/* Of all options: no two devices are given one address on the guest's bus. */
config_check_fn config_check_addresses;

/* An option, or a key of an option. */
struct config_row {
	const char *name;     /* without dashes; NULL ends a table */
	const char *value;    /* what help calls its value; NULL: a flag, bare means on */
	const char *fallback; /* the default, parsed like a given value; NULL: all zero */
	const char *help;     /* one line */
	/* For an option with keys: config_flag, which notes that it was given, or NULL. */
	config_value_fn *parse;
	size_t offset; /* of the field in struct config */
	/* Of config_word and config_size; name NULL ends. */
	const struct config_word *words;
	/* Of config_size and config_count; step 0: any. max of config_string: bytes. */
	uint64_t min, max, step;
	/* Of "VALUE,KEY=VALUE"; the name of the first key may be left out. */
	const struct config_row *keys;
	size_t ids_offset; /* of config_lpc: struct config_ids */
	/*
	 * An option with keys that may be given up to `repeat` times (0: once): its fields are those of
	 * the first of an array of structs `stride` bytes long, counted by an unsigned at count_offset.
	 */
	unsigned repeat;
	size_t stride, count_offset;
	size_t shift; /* of a key being parsed: where its struct is, from the first one's place */
	config_implied_fn *implied; /* NULL: no value follows from others */
	config_check_fn *check;	    /* of an option, after all were parsed; NULL: none */
	/* Of a key: elements that start with a digit go on with its value, commas and all. */
	bool list;
	/* Unless CONFIG_RUN: what the option asks for, instead of setting a field. */
	enum config_action action;
	char letter; /* short form */
	bool required;
	bool may_be_empty;
	bool not_in_file; /* of an option: what igdvm is to do now, no property of the machine */
};

/* Rows of one table: each has a bit, or a place in arrays. Checked by test_config_table. */
#define CONFIG_ROWS_MAX 128
#define CONFIG_KEYS_MAX 64

extern const struct config_row config_options[];

/* Keys of options; where an option repeats, of its first. */
extern const struct config_row config_igd_keys[], config_vfio_keys[]; /* config_host.c */
extern const struct config_row config_disk_keys[], config_net_keys[], config_fs_keys[],
	config_vsock_keys[], config_input_keys[], config_balloon_keys[]; /* config_virtio.c */

/* Write the message, on one line whatever the values in it hold. Returns -EINVAL. */
int config_fail(struct config_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Set the fields of a table, and of its keys, to their defaults. 0 or config_fail(). */
int config_defaults(struct config *c, const struct config_row *table, struct config_error *err);

/* The name in a table that takes the fewest edits to become text. */
const char *config_nearest(const struct config_row *table, const char *text);

/* What "--help" and "--OPTION help" print. */
void config_print_help(FILE *out);
void config_print_row_help(FILE *out, const struct config_row *option);

#endif
