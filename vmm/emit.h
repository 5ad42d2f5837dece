/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * emit.h - decoded data on its way out: one walk over the data, written as text or as JSON.
 *
 * Pure but for the stream it writes to. Knows shapes (objects, lists, values) and how hostile bytes
 * become printable; knows nothing of what the values mean.
 *
 * A key is lower-case words joined by '_'. JSON uses it as it is, text with blanks instead.
 */
#ifndef IGDVM_EMIT_H
#define IGDVM_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EMIT_BITS	  64   /* most names in one value of flags */
#define EMIT_BYTES_MAX	  255  /* most bytes of a string that came with the data */
#define EMIT_TEXT_MAX	  1024 /* longest string of ours, zero included; longer ones are cut */
#define EMIT_PROBLEMS_MAX 16   /* kept; later ones are counted only */
#define EMIT_DEPTH	  8

enum emit_shape {
	EMIT_OBJECT, /* in text: one line a member, indented */
	EMIT_ROW,    /* the same in JSON; in text all members, which are values, on one line */
	EMIT_LIST,   /* members without key */
};

enum emit_kind {
	EMIT_NUMBER,
	EMIT_HEX, /* in JSON a string: 64 bits do not fit everyone's numbers */
	EMIT_BOOL,
	EMIT_STRING, /* text NULL: there is none; null in JSON */
	EMIT_NAMED,  /* a number and what it stands for; name NULL: unknown */
	EMIT_FLAGS,  /* a number and the names of its set bits */
};

struct emit_value {
	enum emit_kind kind;
	unsigned digits; /* of EMIT_HEX and EMIT_FLAGS */
	uint64_t number;
	const char *text;	      /* EMIT_STRING, EMIT_NAMED */
	const char *names[EMIT_BITS]; /* EMIT_FLAGS */
	unsigned n_names;
};

struct emit;
struct emit_ops {
	void (*open)(struct emit *e, const char *key, enum emit_shape shape);
	void (*close)(struct emit *e);
	void (*value)(struct emit *e, const char *key, const struct emit_value *v);
};

/* Something that is wrong with the data, and where. */
struct emit_problem {
	uint64_t offset;
	char text[160];
};

struct emit {
	const struct emit_ops *ops;
	uint64_t base; /* added to the offsets of problems: where the data begins in the file */
	struct emit_problem problem[EMIT_PROBLEMS_MAX];
	unsigned n_problems; /* found; may be more than are kept */
};

/* key is NULL in a list, and for the outermost object, which the writers open themselves. */
void emit_open(struct emit *e, const char *key, enum emit_shape shape);
void emit_close(struct emit *e);

void emit_number(struct emit *e, const char *key, uint64_t number);
void emit_hex(struct emit *e, const char *key, uint64_t number, unsigned digits);
void emit_bool(struct emit *e, const char *key, bool yes);
void emit_named(struct emit *e, const char *key, uint64_t number, const char *name);

/* printf; what is not printable ASCII becomes '?'. */
void emit_string(struct emit *e, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A string that is not there. */
void emit_none(struct emit *e, const char *key);

/*
 * At most EMIT_BYTES_MAX bytes that came with the data, as printable ASCII: padding at the end is
 * left out, UTF-16 made ASCII where it is no more than that, all else and '\' written as \xNN.
 */
void emit_bytes(struct emit *e, const char *key, const uint8_t *bytes, size_t len);

/* Note a problem at e->base + offset. The text must be printable ASCII. */
void emit_problem(struct emit *e, uint64_t offset, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The list "problems". */
void emit_problems(struct emit *e);

/* ---- the writers: call begin, then what is above, then end ---- */

struct emit_text {
	struct emit e;
	FILE *out;
	unsigned depth;
	bool row;		    /* inside a row: stay on the line */
	bool row_started;	    /* and a member is on it */
	bool begun;		    /* something stands above: a section is set off */
	bool list_empty;	    /* a list is open, and its line is not ended yet */
	unsigned index[EMIT_DEPTH]; /* of the next object in a list; 0 outside of lists */
};
void emit_text_begin(struct emit_text *t, FILE *out);

struct json_t;
struct emit_json {
	struct emit e;
	struct json_t *stack[EMIT_DEPTH]; /* [0] owns all others */
	unsigned depth;
	bool failed; /* out of memory */
};
void emit_json_begin(struct emit_json *j);
/* Write it all and free it. 0 or -ENOMEM; a failed write is in ferror(out). Call it in any case. */
int emit_json_end(struct emit_json *j, FILE *out);

#endif
