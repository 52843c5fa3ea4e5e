/*
 * label_expr.h - label expressions: (hr & pii) | legal
 *
 *   expression = term { '|' term }
 *   term       = factor { '&' factor }
 *   factor     = name | '(' expression ')'
 *
 * '&' binds tighter than '|'.  A name is letters, digits and _ - . : @ / or
 * anything in double quotes (a quote doubled); upper and lower case differ.
 * The canonical text has label ids in place of names, no white space, each
 * operator's operands flattened, sorted and without doubles, so that
 * "a & b" and "(b & (a & b))" are one.
 */
#ifndef TRL_ACCESS_LABEL_EXPR_H
#define TRL_ACCESS_LABEL_EXPR_H

#include "nodes/bitmapset.h"

#define TRL_EXPR_MAX_TEXT 8192	/* bytes that are read */
#define TRL_EXPR_MAX_NAMES 128
#define TRL_EXPR_MAX_DEPTH 32	/* nested parentheses */

/* The id of a label; raises an error if there is none. */
typedef int32 (*TrlLabelOfName) (const char *name);

/* The palloc'd name of a label id, NULL if there is none. */
typedef char *(*TrlNameOfLabel) (int32 label);

/* Canonical text of an expression, palloc'd.  Raises 42601, 54000. */
extern char *trl_expr_canonical(const char *text, TrlLabelOfName label_of);

/*
 * True if somebody who holds these labels satisfies the canonical text.
 * Raises nothing; a text that is not canonical is satisfied by nobody.
 */
extern bool trl_expr_holds(const char *canonical, const Bitmapset *held);

/* The expression in names again, palloc'd; a label that is gone is "?id". */
extern char *trl_expr_in_names(const char *canonical, TrlNameOfLabel name_of);

#endif							/* TRL_ACCESS_LABEL_EXPR_H */
