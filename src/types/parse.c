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

void
trl_parse_error(const TrlParse *parse, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"",
					parse->type_name, parse->text),
			 detail ? errdetail("%s", detail) : 0));
}

float
trl_parse_number(TrlParse *parse, float overflow_from,
				 bool underflow_is_error)
{
	char	   *end;
	float		value;
	bool		out_of_range;

	trl_parse_skip_space(parse);
	if (*parse->at == '\0')
		trl_parse_error(parse, NULL);

	errno = 0;
	value = strtof(parse->at, &end);
	if (end == parse->at)
		trl_parse_error(parse, NULL);
	if (errno == ERANGE)
		out_of_range = isinf(value) || (underflow_is_error && value == 0);
	else
		out_of_range = !isinf(value) && fabsf(value) >= overflow_from;
	if (out_of_range)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("\"%s\" is out of range for type %s",
						pnstrdup(parse->at, end - parse->at),
						parse->type_name)));
	if (isnan(value))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("NaN not allowed in %s", parse->type_name)));
	if (isinf(value))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("infinite value not allowed in %s",
						parse->type_name)));
	parse->at = end;
	return value;
}

static void
expect_opening(TrlParse *parse)
{
	trl_parse_skip_space(parse);
	if (*parse->at != '[')
		trl_parse_error(parse, "Vector contents must start with \"[\".");
	parse->at++;
	trl_parse_skip_space(parse);
	if (*parse->at == ']')
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%s must have at least 1 dimension",
						parse->type_name)));
}

static void
expect_end(TrlParse *parse)
{
	trl_parse_skip_space(parse);
	if (*parse->at != '\0')
		trl_parse_error(parse, "Junk after closing right brace.");
}

int
trl_parse_floats(const char *text, const char *type_name,
				 float overflow_from, float *out, int max_elements)
{
	TrlParse	parse = {text, type_name, text};
	int			n = 0;

	expect_opening(&parse);
	for (;;)
	{
		if (n == max_elements)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s cannot have more than %d dimensions",
							type_name, max_elements)));
		out[n++] = trl_parse_number(&parse, overflow_from, false);
		trl_parse_skip_space(&parse);
		if (*parse.at == ']')
			break;
		if (*parse.at == '\0')
			trl_parse_error(&parse, "Unexpected end of input.");
		if (*parse.at != ',')
			trl_parse_error(&parse, NULL);
		parse.at++;
	}
	parse.at++;
	expect_end(&parse);
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
