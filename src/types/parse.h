/*
 * parse.h - the bracketed number lists that vector types read and write
 *
 * Shared by the dense types: "[1, 2.5,-3]".
 */
#ifndef TRL_TYPES_PARSE_H
#define TRL_TYPES_PARSE_H

/*
 * Parses text into at most max_elements floats.
 *
 * text       zero-terminated, not changed
 * type_name  for messages
 * out        at least max_elements floats, written from the front
 *
 * Returns how many were read, at least 1.  Raises 22P02 for bad syntax,
 * 22003 for a number that float4 cannot hold, 22000 for NaN, infinity and
 * an empty list, 54000 for too many elements.  Underflow gives 0 or a
 * denormal, silently.
 */
extern int	trl_parse_floats(const char *text, const char *type_name,
							 float *out, int max_elements);

/*
 * Prints n floats as "[x1,x2,...]", each the shortest decimal that reads
 * back the same.  Returns a palloc'd string.
 */
extern char *trl_format_floats(const float *x, int n);

#endif							/* TRL_TYPES_PARSE_H */
