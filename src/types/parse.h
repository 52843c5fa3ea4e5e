/*
 * parse.h - the tokens and number lists that vector types read and write
 *
 * Lists of the dense types, "[1, 2.5,-3]", and what the sparse type's reader
 * shares with them.
 */
#ifndef TRL_TYPES_PARSE_H
#define TRL_TYPES_PARSE_H

/* One text that is being read. */
typedef struct TrlParse
{
	const char *text;			/* the whole input, zero-terminated */
	const char *type_name;		/* for messages */
	const char *at;				/* next byte to read */
} TrlParse;

/* Space, tab, newline, vertical tab, form feed, carriage return. */
static inline bool
trl_parse_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline void
trl_parse_skip_space(TrlParse *parse)
{
	while (trl_parse_is_space(*parse->at))
		parse->at++;
}

/* Raises 22P02 about the whole text; detail is a sentence or NULL. */
extern _Noreturn void trl_parse_error(const TrlParse *parse, const char *detail);

/*
 * Reads one number, as strtof() does, and moves behind it; space in front is
 * skipped.  Raises 22P02 where there is none, 22003 for a magnitude of
 * overflow_from or more (INFINITY: beyond float4), 22000 for NaN and
 * infinity.  Underflow gives 0 or a denormal; underflow_is_error makes an
 * underflow to 0 raise 22003.
 */
extern float trl_parse_number(TrlParse *parse, float overflow_from,
							  bool underflow_is_error);

/*
 * Parses text into at most max_elements floats.
 *
 * text           zero-terminated, not changed
 * type_name      for messages
 * overflow_from  as in trl_parse_number()
 * out            at least max_elements floats, or as many as text has commas
 *                and one more; written from the front
 *
 * Returns how many were read, at least 1.  Raises what trl_parse_number()
 * does, 22P02 for bad syntax, 22000 for an empty list, 54000 for too many
 * elements.
 */
extern int	trl_parse_floats(const char *text, const char *type_name,
							 float overflow_from, float *out,
							 int max_elements);

/*
 * Prints n floats as "[x1,x2,...]", each the shortest decimal that reads
 * back the same.  Returns a palloc'd string.
 */
extern char *trl_format_floats(const float *x, int n);

#endif							/* TRL_TYPES_PARSE_H */
