/*
 * parse.c - read and write bracketed lists of float4
 *
 * Numbers are read by strtof(), which takes what C takes (hexadecimal,
 * exponents, a leading +).  The server keeps LC_NUMERIC at "C", so the
 * decimal point is a point.
 *
 * Locks and WAL: none.  Memory: the caller's context.
 */
#include "postgres.h"

#include <errno.h>
#include <math.h>

#include "common/shortest_dec.h"

#include "types/parse.h"

/* What one parse is about, for the error reports. */
typedef struct ParseState
{
	const char *text;			/* the whole input */
	const char *type_name;
	const char *at;				/* next byte to read */
} ParseState;

static inline bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
skip_space(ParseState *state)
{
	while (is_space(*state->at))
		state->at++;
}

static void
syntax_error(const ParseState *state, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"",
					state->type_name, state->text),
			 detail ? errdetail("%s", detail) : 0));
}

static float
parse_element(ParseState *state)
{
	char	   *end;
	float		value;

	skip_space(state);
	if (*state->at == '\0')
		syntax_error(state, NULL);

	errno = 0;
	value = strtof(state->at, &end);
	if (end == state->at)
		syntax_error(state, NULL);
	if (errno == ERANGE && isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("\"%s\" is out of range for type %s",
						pnstrdup(state->at, end - state->at),
						state->type_name)));
	if (isnan(value))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("NaN not allowed in %s", state->type_name)));
	if (isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("infinite value not allowed in %s",
						state->type_name)));
	state->at = end;
	return value;
}

static void
expect_opening(ParseState *state)
{
	skip_space(state);
	if (*state->at != '[')
		syntax_error(state, "Vector contents must start with \"[\".");
	state->at++;
	skip_space(state);
	if (*state->at == ']')
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%s must have at least 1 dimension",
						state->type_name)));
}

static void
expect_end(ParseState *state)
{
	skip_space(state);
	if (*state->at != '\0')
		syntax_error(state, "Junk after closing right brace.");
}

int
trl_parse_floats(const char *text, const char *type_name,
				 float *out, int max_elements)
{
	ParseState	state = {text, type_name, text};
	int			n = 0;

	expect_opening(&state);
	for (;;)
	{
		if (n == max_elements)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s cannot have more than %d dimensions",
							type_name, max_elements)));
		out[n++] = parse_element(&state);
		skip_space(&state);
		if (*state.at == ']')
			break;
		if (*state.at == '\0')
			syntax_error(&state, "Unexpected end of input.");
		if (*state.at != ',')
			syntax_error(&state, NULL);
		state.at++;
	}
	state.at++;
	expect_end(&state);
	return n;
}

char *
trl_format_floats(const float *x, int n)
{
	char	   *result;
	char	   *at;
	int			i;

	/* each number takes one more byte, for the comma or the bracket */
	result = palloc((Size) n * FLOAT_SHORTEST_DECIMAL_LEN + 2);
	at = result;
	*at++ = '[';
	for (i = 0; i < n; i++)
	{
		if (i > 0)
			*at++ = ',';
		at += float_to_shortest_decimal_bufn(x[i], at);
	}
	*at++ = ']';
	*at = '\0';
	return result;
}
