// SPDX-License-Identifier: BSD-2-Clause
/*
 * dev/i8042.c - the controller's commands, the keyboard's commands, and scan codes.
 * Knows what the guest may ask of either; does not know where keys come from.
 *
 * What the controller answers goes first, then what the keyboard replies to a command, then keys.
 * Nothing takes time: the input buffer is always empty.
 */
#include <errno.h>
#include <linux/input-event-codes.h>

#include "../layout.h"
#include "../stop.h"
#include "../util.h"
#include "i8042.h"

#define STATUS_OUTPUT	BIT(0) /* a byte waits at port 0x60 */
#define STATUS_TESTED	BIT(2) /* bit 2 of the command byte */
#define STATUS_COMMAND	BIT(3)
#define STATUS_UNLOCKED BIT(4)

/* Command byte */
#define CONTROL_IRQ	  BIT(0)
#define CONTROL_TESTED	  BIT(2)
#define CONTROL_KBD_OFF	  BIT(4)
#define CONTROL_AUX_OFF	  BIT(5) /* always: there is no mouse */
#define CONTROL_TRANSLATE BIT(6) /* scan codes of set 2 become those of set 1 */
#define CONTROL_MASK	  (CONTROL_IRQ | CONTROL_TESTED | CONTROL_KBD_OFF | CONTROL_TRANSLATE)
/* As firmware hands over */
#define CONTROL_START (CONTROL_IRQ | CONTROL_TESTED | CONTROL_TRANSLATE)

/* Controller commands */
#define CMD_READ_CONTROL  0x20
#define CMD_WRITE_CONTROL 0x60
#define CMD_TEST_AUX	  0xa9
#define CMD_SELF_TEST	  0xaa
#define CMD_TEST_KBD	  0xab
#define CMD_KBD_OFF	  0xad
#define CMD_KBD_ON	  0xae
#define CMD_READ_INPUT	  0xc0
#define CMD_READ_OUTPUT	  0xd0
#define CMD_WRITE_OUTPUT  0xd1
#define CMD_WRITE_KBD_BUF 0xd2 /* the byte comes back as if the keyboard had sent it */
#define CMD_WRITE_AUX	  0xd4
#define CMD_A20_OFF	  0xdd
#define CMD_A20_ON	  0xdf
#define CMD_PULSE	  0xf0 /* and up: output lines whose bit is 0; line 0 is the reset */

#define SELF_TEST_PASSED 0x55
#define TEST_PASSED	 0x00
#define TEST_CLOCK_LOW	 0x01 /* nothing is connected */
#define INPUT_UNLOCKED	 0x80
#define OUTPUT_RUN	 BIT(0) /* 0: reset */
#define OUTPUT_A20	 BIT(1)

/* Keyboard commands and replies */
#define KBD_LEDS     0xed
#define KBD_ECHO     0xee
#define KBD_SET	     0xf0
#define KBD_ID	     0xf2
#define KBD_RATE     0xf3
#define KBD_ENABLE   0xf4
#define KBD_DISABLE  0xf5
#define KBD_DEFAULTS 0xf6
#define KBD_ALL_LAST 0xfa /* 0xf7 to this: how all keys repeat, of set 3 */
#define KBD_RESEND   0xfe
#define KBD_RESET    0xff
#define REPLY_ACK    0xfa
#define REPLY_NAK    0xfe
#define REPLY_TESTED 0xaa
#define IS_COMMAND   BIT(7) /* parameters are smaller */
#define SET_2	     2	    /* the only scan code set */
#define SET_ASK	     0
#define TRANSLATED   0x41 /* what both 0x83 and 0x02 become */

#define PREFIX	     0xe0
#define RELEASE_SET2 0xf0
#define RELEASE_SET1 BIT(7)

/* ---- scan codes ---- */

/* Set 2 by set 1, which is what the translation of the controller undoes. */
static const uint8_t set2[] = {
	[0x01] = 0x76, 0x16, 0x1e, 0x26, 0x25, 0x2e, 0x36, 0x3d, /* Esc 1 2 3 4 5 6 7 */
	[0x09] = 0x3e, 0x46, 0x45, 0x4e, 0x55, 0x66,		 /* 8 9 0 - = Backspace */
	[0x0f] = 0x0d, 0x15, 0x1d, 0x24, 0x2d, 0x2c, 0x35, 0x3c, /* Tab Q W E R T Y U */
	[0x17] = 0x43, 0x44, 0x4d, 0x54, 0x5b, 0x5a,		 /* I O P [ ] Enter */
	[0x1d] = 0x14, 0x1c, 0x1b, 0x23, 0x2b, 0x34, 0x33, 0x3b, /* Ctrl A S D F G H J */
	[0x25] = 0x42, 0x4b, 0x4c, 0x52, 0x0e,			 /* K L ; ' ` */
	[0x2a] = 0x12, 0x5d, 0x1a, 0x22, 0x21, 0x2a, 0x32, 0x31, /* Shift \ Z X C V B N */
	[0x32] = 0x3a, 0x41, 0x49, 0x4a, 0x59,			 /* M , . / right Shift */
	[0x37] = 0x7c, 0x11, 0x29, 0x58,			 /* * Alt Space Caps Lock */
	[0x3b] = 0x05, 0x06, 0x04, 0x0c, 0x03, 0x0b, 0x83, 0x0a, /* F1 to F8 */
	[0x43] = 0x01, 0x09, 0x77, 0x7e,			 /* F9 F10 Num Lock Scroll Lock */
	[0x47] = 0x6c, 0x75, 0x7d, 0x7b, 0x6b, 0x73, 0x74, 0x79, /* 7 8 9 - 4 5 6 + */
	[0x4f] = 0x69, 0x72, 0x7a, 0x70, 0x71,			 /* 1 2 3 0 . */
	[0x56] = 0x61, 0x78, 0x07,				 /* the 102nd key F11 F12 */
	[0x5b] = 0x1f, 0x27, 0x2f, 0x37, /* with prefix: Windows, menu, power */
};

/* Keys whose scan code has a prefix; codes of set 1. All others' KEY_ code is that of set 1. */
static const struct {
	uint8_t key, code;
} prefixed[] = {
	{ KEY_KPENTER, 0x1c },	  { KEY_RIGHTCTRL, 0x1d }, { KEY_MUTE, 0x20 },
	{ KEY_VOLUMEDOWN, 0x2e }, { KEY_VOLUMEUP, 0x30 },  { KEY_KPSLASH, 0x35 },
	{ KEY_SYSRQ, 0x37 },	  { KEY_RIGHTALT, 0x38 },  { KEY_HOME, 0x47 },
	{ KEY_UP, 0x48 },	  { KEY_PAGEUP, 0x49 },	   { KEY_LEFT, 0x4b },
	{ KEY_RIGHT, 0x4d },	  { KEY_END, 0x4f },	   { KEY_DOWN, 0x50 },
	{ KEY_PAGEDOWN, 0x51 },	  { KEY_INSERT, 0x52 },	   { KEY_DELETE, 0x53 },
	{ KEY_LEFTMETA, 0x5b },	  { KEY_RIGHTMETA, 0x5c }, { KEY_COMPOSE, 0x5d },
	{ KEY_POWER, 0x5e },
};

/* Pause says all it has to say when it goes down. */
static const uint8_t pause_set1[] = { 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5 };
static const uint8_t pause_set2[] = { 0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77 };

static bool translates(const struct i8042 *k)
{
	return k->control & CONTROL_TRANSLATE;
}

/* Scan code of a key in set 1, and whether it has a prefix. 0: no such key. */
static uint8_t code_of(unsigned key, bool *prefix)
{
	*prefix = true;
	for (size_t i = 0; i < ARRAY_SIZE(prefixed); i++)
		if (prefixed[i].key == key)
			return prefixed[i].code;
	*prefix = false;
	return key <= KEY_F12 && set2[key] ? (uint8_t)key : 0;
}

/* All of it or nothing. */
static int send_keys(struct i8042 *k, const uint8_t *code, unsigned n)
{
	if (n > I8042_KEYS_MAX - k->keys)
		return -EAGAIN;
	memcpy(k->key + k->keys, code, n);
	k->keys += n;
	return 0;
}

static int send_pause(struct i8042 *k)
{
	return translates(k) ? send_keys(k, pause_set1, sizeof(pause_set1))
			     : send_keys(k, pause_set2, sizeof(pause_set2));
}

static int send_key(struct i8042 *k, uint8_t set1, bool prefix, bool down)
{
	uint8_t code[3];
	unsigned n = 0;

	if (prefix)
		code[n++] = PREFIX;
	if (!down && !translates(k))
		code[n++] = RELEASE_SET2;
	code[n++] = translates(k) ? (uint8_t)(set1 | (down ? 0 : RELEASE_SET1)) : set2[set1];
	return send_keys(k, code, n);
}

/* ---- what waits for the guest ---- */

static bool kbd_speaks(const struct i8042 *k)
{
	return !(k->control & CONTROL_KBD_OFF) && (k->replies || k->keys);
}

static void update_irq(struct i8042 *k)
{
	bool level = (k->control & CONTROL_IRQ) && (k->answered || kbd_speaks(k));

	if (level == k->irq_level)
		return;
	k->irq_level = level;
	irq_set(&k->irq, level);
}

/* The input is edge-triggered: each byte needs an edge. */
static void next_irq(struct i8042 *k)
{
	if (k->irq_level)
		irq_set(&k->irq, false);
	k->irq_level = false;
	update_irq(k);
}

int i8042_key(struct i8042 *k, unsigned key, bool down)
{
	bool prefix;
	uint8_t code = code_of(key, &prefix);
	int ret = 0;

	if (!code && key != KEY_PAUSE)
		return -EINVAL;
	if (!k->scanning)
		return 0;
	if (code)
		ret = send_key(k, code, prefix, down);
	else if (down)
		ret = send_pause(k);
	update_irq(k);
	return ret;
}

static void answer(struct i8042 *k, uint8_t byte)
{
	k->answer = byte;
	k->answered = true;
}

/* ---- the keyboard ---- */

static void reply(struct i8042 *k, uint8_t byte)
{
	k->reply[k->replies++] = byte;
}

/* The two replies that the controller translates. */
static uint8_t translated(const struct i8042 *k, uint8_t byte)
{
	return translates(k) ? TRANSLATED : byte;
}

static void kbd_parameter(struct i8042 *k, uint8_t command, uint8_t byte)
{
	if (command == KBD_SET && byte != SET_2 && byte != SET_ASK) {
		reply(k, REPLY_NAK);
		return;
	}
	reply(k, REPLY_ACK); /* lights and repetition are the host keyboard's */
	if (command == KBD_SET && byte == SET_ASK)
		reply(k, translated(k, SET_2));
}

static void kbd_restart(struct i8042 *k, bool scanning)
{
	k->keys = 0;
	k->scanning = scanning;
	reply(k, REPLY_ACK);
}

static void kbd_command(struct i8042 *k, uint8_t command)
{
	switch (command) {
	case KBD_LEDS:
	case KBD_SET:
	case KBD_RATE:
		k->kbd_awaiting = command;
		reply(k, REPLY_ACK);
		break;
	case KBD_ECHO:
		reply(k, KBD_ECHO);
		break;
	case KBD_ID:
		reply(k, REPLY_ACK);
		reply(k, 0xab);
		reply(k, translated(k, 0x83));
		break;
	case KBD_ENABLE:
		kbd_restart(k, true);
		break;
	case KBD_DISABLE:
		kbd_restart(k, false);
		break;
	case KBD_DEFAULTS ... KBD_ALL_LAST:
		reply(k, REPLY_ACK);
		break;
	case KBD_RESEND:
		reply(k, k->last);
		break;
	case KBD_RESET:
		kbd_restart(k, true);
		reply(k, REPLY_TESTED);
		break;
	default:
		reply(k, REPLY_NAK);
	}
}

/* A new command ends what was left of the one before. */
static void kbd_write(struct i8042 *k, uint8_t byte)
{
	uint8_t command = k->kbd_awaiting;

	k->control &= (uint8_t)~CONTROL_KBD_OFF;
	k->kbd_awaiting = 0;
	k->replies = 0;
	if (command && !(byte & IS_COMMAND))
		kbd_parameter(k, command, byte);
	else
		kbd_command(k, byte);
}

/* ---- the controller ---- */

static void write_output(struct i8042 *k, uint8_t byte)
{
	k->a20 = byte & OUTPUT_A20;
	if (!(byte & OUTPUT_RUN))
		stop_request(k->stop, STOP_RESET, 0);
}

/* A byte at port 0x60 that a command of the controller waits for. */
static void controller_parameter(struct i8042 *k, uint8_t byte)
{
	switch (k->awaiting) {
	case CMD_WRITE_CONTROL:
		k->control = byte & CONTROL_MASK;
		break;
	case CMD_WRITE_OUTPUT:
		write_output(k, byte);
		break;
	case CMD_WRITE_KBD_BUF:
		answer(k, byte);
		break;
	case CMD_WRITE_AUX: /* nobody there */
		break;
	}
	k->awaiting = 0;
}

static void controller_command(struct i8042 *k, uint8_t command)
{
	k->awaiting = 0;
	switch (command) {
	case CMD_READ_CONTROL:
		answer(k, k->control | CONTROL_AUX_OFF);
		break;
	case CMD_TEST_AUX:
		answer(k, TEST_CLOCK_LOW);
		break;
	case CMD_SELF_TEST:
		k->control |= CONTROL_TESTED;
		answer(k, SELF_TEST_PASSED);
		break;
	case CMD_TEST_KBD:
		answer(k, TEST_PASSED);
		break;
	case CMD_KBD_OFF:
		k->control |= CONTROL_KBD_OFF;
		break;
	case CMD_KBD_ON:
		k->control &= (uint8_t)~CONTROL_KBD_OFF;
		break;
	case CMD_READ_INPUT:
		answer(k, INPUT_UNLOCKED);
		break;
	case CMD_READ_OUTPUT:
		answer(k, OUTPUT_RUN | k->a20);
		break;
	case CMD_WRITE_CONTROL:
	case CMD_WRITE_OUTPUT:
	case CMD_WRITE_KBD_BUF:
	case CMD_WRITE_AUX:
		k->awaiting = command;
		break;
	case CMD_A20_OFF:
	case CMD_A20_ON:
		k->a20 = command & OUTPUT_A20;
		break;
	case CMD_PULSE ... UINT8_MAX:
		if (!(command & OUTPUT_RUN))
			stop_request(k->stop, STOP_RESET, 0);
		break;
	default:
		log_guest(&k->log, "keyboard controller: command %#x is unknown", command);
	}
}

/* ---- ports ---- */

static uint8_t pop(uint8_t *queue, unsigned *n)
{
	uint8_t byte = queue[0];

	memmove(queue, queue + 1, --*n);
	return byte;
}

static void data_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct i8042 *k = container_of(r, struct i8042, data);
	uint8_t *byte = buf;

	(void)off;
	(void)len;
	*byte = k->last;
	if (k->answered) {
		k->answered = false;
		*byte = k->answer;
	} else if (kbd_speaks(k)) {
		*byte = k->replies ? pop(k->reply, &k->replies) : pop(k->key, &k->keys);
		k->last = *byte;
	}
	next_irq(k);
}

static void data_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct i8042 *k = container_of(r, struct i8042, data);
	uint8_t byte = *(const uint8_t *)buf;

	(void)off;
	(void)len;
	k->commanded = false;
	if (k->awaiting)
		controller_parameter(k, byte);
	else
		kbd_write(k, byte);
	update_irq(k);
}

static const struct bus_ops data_ops = { .read = data_read, .write = data_write };

static void command_read(struct bus_region *r, uint64_t off, void *buf, unsigned len)
{
	struct i8042 *k = container_of(r, struct i8042, command);

	(void)off;
	(void)len;
	*(uint8_t *)buf = (uint8_t)(STATUS_UNLOCKED | (k->commanded ? STATUS_COMMAND : 0) |
				    (k->control & CONTROL_TESTED ? STATUS_TESTED : 0) |
				    (k->answered || kbd_speaks(k) ? STATUS_OUTPUT : 0));
}

static void command_write(struct bus_region *r, uint64_t off, const void *buf, unsigned len)
{
	struct i8042 *k = container_of(r, struct i8042, command);

	(void)off;
	(void)len;
	k->commanded = true;
	controller_command(k, *(const uint8_t *)buf);
	update_irq(k);
}

static const struct bus_ops command_ops = { .read = command_read, .write = command_write };

int i8042_init(struct i8042 *k, struct bus *pio, struct irq_line irq, struct stop *stop)
{
	int ret;

	*k = (struct i8042){
		.data = { .base = LAYOUT_PORT_KBDDATA,
			  .size = 1,
			  .width = 1,
			  .ops = &data_ops,
			  .name = "i8042-data" },
		.command = { .base = LAYOUT_PORT_KBD,
			     .size = 1,
			     .width = 1,
			     .ops = &command_ops,
			     .name = "i8042-command" },
		.irq = irq,
		.stop = stop,
		.control = CONTROL_START,
		.a20 = OUTPUT_A20,
		.scanning = true,
	};
	ret = bus_add(pio, &k->data);
	if (!ret)
		ret = bus_add(pio, &k->command);
	if (ret)
		i8042_fini(k, pio);
	return ret;
}

void i8042_fini(struct i8042 *k, struct bus *pio)
{
	bus_remove(pio, &k->data);
	bus_remove(pio, &k->command);
}
