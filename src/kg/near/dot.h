/*
 * dot.h - words of the DOT language
 */
#ifndef TRL_KG_DOT_H
#define TRL_KG_DOT_H

#include "lib/stringinfo.h"

/*
 * Appends text as a quoted string that Graphviz shows as it is, in labels and
 * tooltips: what would be an escape or an entity is escaped, control
 * characters become spaces, line ends stay.
 */
extern void trl_dot_quote(StringInfo dot, const char *text, int len);

/*
 * A colour for a kind of things, a quoted string: always the same, and light,
 * so that black text can be read on it.
 */
extern const char *trl_dot_colour(const char *kind, int len);

#endif							/* TRL_KG_DOT_H */
