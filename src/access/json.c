/*
 * json.c - a reader of one JSON object that neither allocates nor raises
 *
 * Recursive descent over a cursor.  Every function returns false at the
 * first fault and leaves the cursor where it stood; nobody reads on.
 */
#include "postgres.h"

#include "access/json.h"

typedef struct JsonCursor
{
	const unsigned char *at;
	const unsigned char *end;
} JsonCursor;

static bool read_value(JsonCursor *c, TrlJsonValue *value, int depth);

/* The number of bytes of the UTF-8 sequence that starts here, 0 if none. */
static int
utf8_length(const unsigned char *at, const unsigned char *end)
{
	unsigned char first = *at;
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	int			len;
	int			i;

	if (first < 0x80)
		return 1;
	if (first < 0xC2 || first > 0xF4)
		return 0;
	len = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
	if (end - at < len)
		return 0;

	/* the second byte excludes what is overlong, surrogate or too large */
	if (first == 0xE0)
		low = 0xA0;
	else if (first == 0xED)
		high = 0x9F;
	else if (first == 0xF0)
		low = 0x90;
	else if (first == 0xF4)
		high = 0x8F;
	if (at[1] < low || at[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if (at[i] < 0x80 || at[i] > 0xBF)
			return 0;
	return len;
}

bool
trl_utf8_valid(const char *text, size_t len)
{
	const unsigned char *at = (const unsigned char *) text;
	const unsigned char *end = at + len;

	while (at < end)
	{
		int			n = utf8_length(at, end);

		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

static void
skip_space(JsonCursor *c)
{
	while (c->at < c->end &&
		   (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
		c->at++;
}

/* Takes one character if it is next, after white space. */
static bool
take(JsonCursor *c, char expected)
{
	skip_space(c);
	if (c->at == c->end || *c->at != (unsigned char) expected)
		return false;
	c->at++;
	return true;
}

static bool
take_word(JsonCursor *c, const char *word)
{
	size_t		len = strlen(word);

	if ((size_t) (c->end - c->at) < len || memcmp(c->at, word, len) != 0)
		return false;
	c->at += len;
	return true;
}

static void
append_byte(TrlJsonValue *value, unsigned char byte)
{
	if (value->len < TRL_JSON_MAX_TEXT)
		value->text[value->len++] = (char) byte;
	else
		value->cut = true;
}

static void
append_code_point(TrlJsonValue *value, uint32 code)
{
	if (code < 0x80)
		append_byte(value, (unsigned char) code);
	else if (code < 0x800)
	{
		append_byte(value, (unsigned char) (0xC0 | code >> 6));
		append_byte(value, (unsigned char) (0x80 | (code & 0x3F)));
	}
	else if (code < 0x10000)
	{
		append_byte(value, (unsigned char) (0xE0 | code >> 12));
		append_byte(value, (unsigned char) (0x80 | (code >> 6 & 0x3F)));
		append_byte(value, (unsigned char) (0x80 | (code & 0x3F)));
	}
	else
	{
		append_byte(value, (unsigned char) (0xF0 | code >> 18));
		append_byte(value, (unsigned char) (0x80 | (code >> 12 & 0x3F)));
		append_byte(value, (unsigned char) (0x80 | (code >> 6 & 0x3F)));
		append_byte(value, (unsigned char) (0x80 | (code & 0x3F)));
	}
}

static bool
read_hex4(JsonCursor *c, uint32 *code)
{
	int			i;

	if (c->end - c->at < 4)
		return false;
	*code = 0;
	for (i = 0; i < 4; i++)
	{
		unsigned char x = *c->at++;

		if (x >= '0' && x <= '9')
			*code = *code << 4 | (uint32) (x - '0');
		else if (x >= 'a' && x <= 'f')
			*code = *code << 4 | (uint32) (x - 'a' + 10);
		else if (x >= 'A' && x <= 'F')
			*code = *code << 4 | (uint32) (x - 'A' + 10);
		else
			return false;
	}
	return true;
}

/* What follows "\u": one code point, or two escapes that make one. */
static bool
read_unicode_escape(JsonCursor *c, TrlJsonValue *value)
{
	uint32		code;
	uint32		low;

	if (!read_hex4(c, &code) || code == 0)
		return false;
	if (code >= 0xDC00 && code <= 0xDFFF)
		return false;
	if (code >= 0xD800 && code <= 0xDBFF)
	{
		if (!take_word(c, "\\u") || !read_hex4(c, &low) ||
			low < 0xDC00 || low > 0xDFFF)
			return false;
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
	}
	append_code_point(value, code);
	return true;
}

static bool
read_escape(JsonCursor *c, TrlJsonValue *value)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *found;
	unsigned char letter;

	if (c->at == c->end)
		return false;
	letter = *c->at++;
	if (letter == 'u')
		return read_unicode_escape(c, value);
	if (letter == '\0' || (found = strchr(letters, letter)) == NULL)
		return false;
	append_byte(value, (unsigned char) meanings[found - letters]);
	return true;
}

static bool
read_string(JsonCursor *c, TrlJsonValue *value)
{
	value->kind = TRL_JSON_STRING;
	value->cut = false;
	value->len = 0;
	if (!take(c, '"'))
		return false;
	for (;;)
	{
		unsigned char x;

		if (c->at == c->end)
			return false;
		x = *c->at++;
		if (x == '"')
			break;
		if (x < 0x20)
			return false;
		if (x != '\\')
			append_byte(value, x);
		else if (!read_escape(c, value))
			return false;
	}
	value->text[value->len] = '\0';
	return true;
}

/* One digit or more; false if there is none. */
static bool
skip_digits(JsonCursor *c)
{
	const unsigned char *start = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return c->at > start;
}

/* The digits from start to end as a negative or positive int64. */
static bool
digits_to_int64(const unsigned char *start, const unsigned char *end,
				bool negative, int64 *result)
{
	/* 18 digits cannot overflow, and no claim needs more */
	if (end - start > 18)
		return false;
	*result = 0;
	for (; start < end; start++)
		*result = *result * 10 + (*start - '0');
	if (negative)
		*result = -*result;
	return true;
}

static bool
read_number(JsonCursor *c, TrlJsonValue *value)
{
	bool		negative = take_word(c, "-");
	const unsigned char *digits = c->at;

	if (!skip_digits(c) || (*digits == '0' && c->at - digits > 1))
		return false;
	value->kind = TRL_JSON_INTEGER;
	if (!digits_to_int64(digits, c->at, negative, &value->integer))
		value->kind = TRL_JSON_OTHER;

	if (take_word(c, "."))
	{
		if (!skip_digits(c))
			return false;
		if (value->kind == TRL_JSON_INTEGER)
			value->kind = TRL_JSON_FRACTION;
	}
	if (take_word(c, "e") || take_word(c, "E"))
	{
		if (!take_word(c, "+"))
			take_word(c, "-");
		if (!skip_digits(c))
			return false;
		value->kind = TRL_JSON_OTHER;
	}
	return true;
}

/* Reads past an array; its elements are checked and forgotten. */
static bool
skip_array(JsonCursor *c, TrlJsonValue *scratch, int depth)
{
	if (!take(c, '['))
		return false;
	if (take(c, ']'))
		return true;
	do
	{
		if (!read_value(c, scratch, depth))
			return false;
	} while (take(c, ','));
	return take(c, ']');
}

static bool
skip_object(JsonCursor *c, TrlJsonValue *scratch, int depth)
{
	if (!take(c, '{'))
		return false;
	if (take(c, '}'))
		return true;
	do
	{
		if (!read_string(c, scratch) || !take(c, ':') ||
			!read_value(c, scratch, depth))
			return false;
	} while (take(c, ','));
	return take(c, '}');
}

static bool
read_value(JsonCursor *c, TrlJsonValue *value, int depth)
{
	bool		good;

	skip_space(c);
	if (c->at == c->end || depth == 0)
		return false;
	if (*c->at == '"')
		return read_string(c, value);
	if (*c->at == '-' || (*c->at >= '0' && *c->at <= '9'))
		return read_number(c, value);

	if (*c->at == '{')
		good = skip_object(c, value, depth - 1);
	else if (*c->at == '[')
		good = skip_array(c, value, depth - 1);
	else
		good = take_word(c, "true") || take_word(c, "false") ||
			take_word(c, "null");
	value->kind = TRL_JSON_OTHER;
	return good;
}

static bool
read_member(JsonCursor *c, TrlJsonMember member, void *arg)
{
	TrlJsonValue name;
	TrlJsonValue value;

	return read_string(c, &name) && take(c, ':') &&
		read_value(c, &value, TRL_JSON_MAX_DEPTH) &&
		member(&name, &value, arg);
}

bool
trl_json_read_object(const char *text, size_t len, TrlJsonMember member,
					 void *arg)
{
	JsonCursor	c;

	c.at = (const unsigned char *) text;
	c.end = c.at + len;
	if (!trl_utf8_valid(text, len) || !take(&c, '{'))
		return false;
	if (!take(&c, '}'))
	{
		do
		{
			if (!read_member(&c, member, arg))
				return false;
		} while (take(&c, ','));
		if (!take(&c, '}'))
			return false;
	}
	skip_space(&c);
	return c.at == c.end;
}
