/*
 * dot.c - words of the DOT language
 *
 * Server encodings keep bytes below 128 for ASCII, so that text can be
 * escaped byte by byte.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "core/compat.h"
#include "kg/near/dot.h"

static const char *const palette[] = {
	"\"#a6cee3\"", "\"#b2df8a\"", "\"#fdbf6f\"", "\"#cab2d6\"",
	"\"#fb9a99\"", "\"#ffff99\"", "\"#8dd3c7\"", "\"#fccde5\"",
	"\"#d9d9d9\"", "\"#e5d8bd\"", "\"#b3cde3\"", "\"#ccebc5\"",
};

/* FNV-1a: equal on machines of either byte order. */
static uint32
hash_text(const char *text, int len)
{
	uint32		hash = 2166136261U;
	int			i;

	for (i = 0; i < len; i++)
		hash = (hash ^ (unsigned char) text[i]) * 16777619U;
	return hash;
}

const char *
trl_dot_colour(const char *kind, int len)
{
	return palette[hash_text(kind, len) % lengthof(palette)];
}

/*
 * Length of a character that a picture must not hold, for XML has no place
 * for it: controls (also those above ASCII), U+FFFE, U+FFFF.  0 for others.
 */
static int
unfit_length(const char *text, int left)
{
	const unsigned char *c = (const unsigned char *) text;

	if (c[0] < 0x20 || c[0] == 0x7F)
		return 1;
	if (GetDatabaseEncoding() != PG_UTF8)
		return 0;
	if (left >= 2 && c[0] == 0xC2 && c[1] < 0xA0)
		return 2;
	if (left >= 3 && c[0] == 0xEF && c[1] == 0xBF && c[2] >= 0xBE)
		return 3;
	return 0;
}

void
trl_dot_quote(StringInfo dot, const char *text, int len)
{
	int			i = 0;

	appendStringInfoChar(dot, '"');
	while (i < len)
	{
		int			unfit = unfit_length(text + i, len - i);

		if (text[i] == '\n')
			appendStringInfoString(dot, "\\n");
		else if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
			;					/* one line end, not two */
		else if (unfit > 0)
			appendStringInfoChar(dot, ' ');
		else if (text[i] == '&')
			appendStringInfoString(dot, "&amp;");
		else
		{
			if (text[i] == '"' || text[i] == '\\')
				appendStringInfoChar(dot, '\\');
			appendStringInfoChar(dot, text[i]);
		}
		i += Max(unfit, 1);
	}
	appendStringInfoChar(dot, '"');
}
