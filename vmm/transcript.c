// SPDX-License-Identifier: BSD-2-Clause
/*
 * transcript.c - bytes to lines, and a ring of the last of them.
 * Knows terminal control sequences enough to leave them out (ECMA-48: 5.4, 5.6). Does not know regular
 * expressions or files.
 */
#include "transcript.h"
#include "util.h"

#define ESC 0x1b
#define BEL 0x07

static void keep(struct transcript *t, char c)
{
	t->tail[t->total++ % TRANSCRIPT_TAIL] = c;
}

static void end_line(struct transcript_port *p)
{
	struct transcript *t = p->whole;

	for (unsigned i = 0; i < p->len; i++)
		keep(t, p->line[i]);
	keep(t, '\n');
	p->line[p->len] = '\0';
	if (t->ops && t->ops->line)
		t->ops->line(t->ctx, p->line);
	p->len = 0;
	p->line[0] = '\0';
}

/* True when the byte belongs to a control sequence. */
static bool in_sequence(struct transcript_port *p, uint8_t byte)
{
	switch (p->escape) {
	case ESCAPE_NONE:
		if (byte == ESC)
			p->escape = ESCAPE_BEGUN;
		return byte == ESC;
	case ESCAPE_BEGUN:
		if (byte == '[')
			p->escape = ESCAPE_CSI;
		else if (byte == ']')
			p->escape = ESCAPE_OSC;
		else if (byte < 0x20 ||
			 byte > 0x2f) /* else an intermediate byte: one more follows */
			p->escape = ESCAPE_NONE;
		return byte >= 0x20;
	case ESCAPE_CSI: /* parameters, then one final byte */
		if (byte < 0x20 || byte > 0x3f)
			p->escape = ESCAPE_NONE;
		return byte >= 0x20;
	case ESCAPE_OSC: /* a line end is not part of it, whatever the guest means */
		if (byte == ESC)
			p->escape = ESCAPE_BEGUN;
		else if (byte < 0x20)
			p->escape = ESCAPE_NONE;
		return byte != '\n';
	}
	return false;
}

static void put(struct transcript_port *p, uint8_t byte)
{
	if (in_sequence(p, byte))
		return;
	if (byte == '\n') {
		end_line(p);
		return;
	}
	if (byte < 0x20 && byte != '\t')
		return;
	if (byte == 0x7f)
		return;
	p->line[p->len++] = (char)byte;
	if (p->len == TRANSCRIPT_LINE)
		end_line(p);
}

static void take(struct serial_tap *tap, const uint8_t *buf, size_t len)
{
	struct transcript_port *p = container_of(tap, struct transcript_port, tap);
	struct transcript *t = p->whole;

	if (!t->begun && len) {
		t->begun = true;
		if (t->ops && t->ops->begun)
			t->ops->begun(t->ctx);
	}
	for (size_t i = 0; i < len; i++)
		put(p, buf[i]);
	p->line[p->len] = '\0';
	if (p->len && t->ops && t->ops->more)
		t->ops->more(t->ctx);
}

void transcript_init(struct transcript *t, const struct transcript_ops *ops, void *ctx)
{
	t->ops = ops;
	t->ctx = ctx;
	for (unsigned i = 0; i < TRANSCRIPT_PORTS; i++) {
		t->port[i].tap.fn = take;
		t->port[i].whole = t;
	}
}

size_t transcript_copy(const struct transcript *t, char *text, size_t size)
{
	size_t open = 0, n, from, len = 0;

	for (unsigned i = 0; i < TRANSCRIPT_PORTS; i++)
		open += t->port[i].len ? t->port[i].len + 1 : 0;
	n = MIN(t->total, (size_t)TRANSCRIPT_TAIL);
	n = open >= size - 1 ? 0 : MIN(n, size - 1 - open);
	from = t->total - n;
	/* not from the middle of a line */
	while (n && from && t->tail[(from - 1) % TRANSCRIPT_TAIL] != '\n') {
		from++;
		n--;
	}
	for (; n; n--)
		text[len++] = t->tail[from++ % TRANSCRIPT_TAIL];
	for (unsigned i = 0; i < TRANSCRIPT_PORTS; i++) {
		const struct transcript_port *p = &t->port[i];
		size_t room = size - 1 - len;

		if (!p->len || room < 2)
			continue;
		room = MIN(room - 1, (size_t)p->len);
		memcpy(text + len, p->line, room);
		len += room;
		text[len++] = '\n';
	}
	text[len] = '\0';
	return len;
}
