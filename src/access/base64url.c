/*
 * base64url.c - the alphabet of tokens, read strictly
 *
 * Allocates nothing and raises nothing: a check hook calls it.
 */
#include "postgres.h"

#include "access/base64url.h"

static const char alphabet[] =
"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t
trl_base64url_encode(const void *data, size_t len, char *out)
{
	const uint8 *in = data;
	char	   *start = out;
	uint32		bits = 0;
	int			held = 0;
	size_t		i;

	for (i = 0; i < len; i++)
	{
		bits = bits << 8 | in[i];
		held += 8;
		while (held >= 6)
		{
			held -= 6;
			*out++ = alphabet[(bits >> held) & 63];
		}
	}
	if (held > 0)
		*out++ = alphabet[(bits << (6 - held)) & 63];
	return (size_t) (out - start);
}

/* The six bits that a character stands for, -1 if it is none of ours. */
static int
six_bits(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	return -1;
}

int
trl_base64url_decode(const char *text, size_t len, uint8 *out, size_t room)
{
	uint32		bits = 0;
	int			held = 0;
	size_t		n = 0;
	size_t		i;

	if (len % 4 == 1)
		return -1;
	for (i = 0; i < len; i++)
	{
		int			six = six_bits(text[i]);

		if (six < 0)
			return -1;
		bits = bits << 6 | (uint32) six;
		held += 6;
		if (held >= 8)
		{
			held -= 8;
			if (n == room)
				return -1;
			out[n++] = (uint8) (bits >> held);
		}
	}
	if ((bits & ((1u << held) - 1)) != 0)
		return -1;
	return (int) n;
}
