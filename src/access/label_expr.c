/*
 * label_expr.c - reading, ordering and evaluating label expressions
 *
 * Memory: the caller's context; evaluation allocates nothing.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

#include "access/catalog.h"
#include "access/label_expr.h"

/* A part of an expression: a label, or operands joined by one operator. */
typedef struct ExprPart
{
	char		op;				/* '&', '|', or 0 for a label */
	char	   *text;			/* canonical, without parentheses around it */
	List	   *operands;		/* of ExprPart, if op */
} ExprPart;

typedef struct ExprReader
{
	const char *text;
	const char *at;
	int			names;
	TrlLabelOfName label_of;
} ExprReader;

static ExprPart *read_expression(ExprReader *r, int depth);

static void
raise_syntax(const ExprReader *r)
{
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("syntax error in label expression \"%s\"", r->text),
			 *r->at == '\0'
			 ? errdetail("It ends too early.")
			 : errdetail("The rest \"%s\" is not understood.", r->at),
			 errhint("Join names by & and |, with parentheses, as in (hr & pii) | legal; "
					 "odd names stand in double quotes.")));
}

static void
skip_space(ExprReader *r)
{
	while (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')
		r->at++;
}

/* Takes an operator or parenthesis if it is next. */
static bool
take(ExprReader *r, char c)
{
	skip_space(r);
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

/* May stand in a name without quotes. */
static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || (unsigned char) c >= 0x80 ||
		(c != '\0' && strchr("_-.:@/", c) != NULL);
}

/* A name in quotes, palloc'd; the cursor is behind the opening quote. */
static char *
read_quoted(ExprReader *r)
{
	StringInfoData name;

	initStringInfo(&name);
	for (;;)
	{
		if (*r->at == '\0')
			raise_syntax(r);
		if (*r->at == '"')
		{
			r->at++;
			if (*r->at != '"')
				break;
		}
		appendStringInfoChar(&name, *r->at++);
	}
	return name.data;
}

static char *
read_name(ExprReader *r)
{
	const char *start;

	if (take(r, '"'))
		return read_quoted(r);
	start = r->at;
	while (is_name_char(*r->at))
		r->at++;
	if (r->at == start)
		raise_syntax(r);
	return pnstrdup(start, (Size) (r->at - start));
}

static ExprPart *
make_part(char op, char *text, List *operands)
{
	ExprPart   *part = palloc(sizeof(ExprPart));

	part->op = op;
	part->text = text;
	part->operands = operands;
	return part;
}

static int
compare_parts(const ListCell *a, const ListCell *b)
{
	return strcmp(((ExprPart *) lfirst(a))->text, ((ExprPart *) lfirst(b))->text);
}

/* Operands of op, in order, those of an inner op taken up, doubles left out. */
static List *
merge_operands(char op, List *parts)
{
	List	   *all = NIL;
	List	   *distinct = NIL;
	ListCell   *lc;

	foreach(lc, parts)
	{
		ExprPart   *part = lfirst(lc);

		if (part->op == op)
			all = list_concat(all, part->operands);
		else
			all = lappend(all, part);
	}
	list_sort(all, compare_parts);
	foreach(lc, all)
	{
		ExprPart   *part = lfirst(lc);

		if (distinct == NIL ||
			strcmp(((ExprPart *) llast(distinct))->text, part->text) != 0)
			distinct = lappend(distinct, part);
	}
	return distinct;
}

static ExprPart *
join_parts(char op, List *parts)
{
	List	   *operands = merge_operands(op, parts);
	StringInfoData text;
	ListCell   *lc;

	if (list_length(operands) == 1)
		return linitial(operands);
	initStringInfo(&text);
	foreach(lc, operands)
	{
		ExprPart   *part = lfirst(lc);

		if (text.len > 0)
			appendStringInfoChar(&text, op);
		if (op == '&' && part->op == '|')
			appendStringInfo(&text, "(%s)", part->text);
		else
			appendStringInfoString(&text, part->text);
	}
	return make_part(op, text.data, operands);
}

static ExprPart *
read_label(ExprReader *r)
{
	char	   *name = read_name(r);

	if (++r->names > TRL_EXPR_MAX_NAMES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a label expression can have at most %d names",
						TRL_EXPR_MAX_NAMES)));
	return make_part('\0', psprintf("%d", r->label_of(name)), NIL);
}

static ExprPart *
read_factor(ExprReader *r, int depth)
{
	ExprPart   *part;

	if (!take(r, '('))
		return read_label(r);
	if (depth == TRL_EXPR_MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a label expression can nest at most %d parentheses",
						TRL_EXPR_MAX_DEPTH)));
	part = read_expression(r, depth + 1);
	if (!take(r, ')'))
		raise_syntax(r);
	return part;
}

static ExprPart *
read_term(ExprReader *r, int depth)
{
	List	   *parts = NIL;

	do
		parts = lappend(parts, read_factor(r, depth));
	while (take(r, '&'));
	return join_parts('&', parts);
}

static ExprPart *
read_expression(ExprReader *r, int depth)
{
	List	   *parts = NIL;

	do
		parts = lappend(parts, read_term(r, depth));
	while (take(r, '|'));
	return join_parts('|', parts);
}

char *
trl_expr_canonical(const char *text, TrlLabelOfName label_of)
{
	ExprReader	r = {.text = text, .at = text, .label_of = label_of};
	ExprPart   *part;

	if (strlen(text) > TRL_EXPR_MAX_TEXT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a label expression can have at most %d bytes",
						TRL_EXPR_MAX_TEXT)));
	part = read_expression(&r, 0);
	skip_space(&r);
	if (*r.at != '\0')
		raise_syntax(&r);
	return part->text;
}

/*
 * Evaluation of canonical text.  NULL for the cursor means a fault, and is
 * carried to the end; depth bounds the recursion whatever the table holds.
 */
typedef struct ExprCursor
{
	const char *at;
	const Bitmapset *held;
} ExprCursor;

static bool holds_any(ExprCursor *c, int depth);

static bool
next_is(ExprCursor *c, char expected)
{
	if (c->at == NULL || *c->at != expected)
		return false;
	c->at++;
	return true;
}

static bool
holds_label(ExprCursor *c)
{
	int32		label = 0;
	const char *start = c->at;

	while (*c->at >= '0' && *c->at <= '9' && label <= TRL_LABEL_MAX)
		label = label * 10 + (*c->at++ - '0');
	if (c->at == start || label > TRL_LABEL_MAX)
	{
		c->at = NULL;
		return false;
	}
	return bms_is_member(label, c->held);
}

static bool
holds_factor(ExprCursor *c, int depth)
{
	bool		result;

	if (c->at == NULL || depth == 0)
	{
		c->at = NULL;
		return false;
	}
	if (!next_is(c, '('))
		return holds_label(c);
	result = holds_any(c, depth - 1);
	if (!next_is(c, ')'))
		c->at = NULL;
	return result;
}

static bool
holds_all(ExprCursor *c, int depth)
{
	bool		result = true;

	do
		result &= holds_factor(c, depth);
	while (next_is(c, '&'));
	return result;
}

static bool
holds_any(ExprCursor *c, int depth)
{
	bool		result = false;

	do
		result |= holds_all(c, depth);
	while (next_is(c, '|'));
	return result;
}

bool
trl_expr_holds(const char *canonical, const Bitmapset *held)
{
	ExprCursor	c = {.at = canonical, .held = held};
	bool		result = holds_any(&c, TRL_EXPR_MAX_DEPTH + 2);

	return result && c.at != NULL && *c.at == '\0';
}

static void
append_name(StringInfo out, const char *name)
{
	const char *p;

	for (p = name; is_name_char(*p); p++)
		 /* to the first odd character */ ;
	if (*p == '\0' && p > name)
	{
		appendStringInfoString(out, name);
		return;
	}
	appendStringInfoChar(out, '"');
	for (p = name; *p != '\0'; p++)
	{
		if (*p == '"')
			appendStringInfoChar(out, '"');
		appendStringInfoChar(out, *p);
	}
	appendStringInfoChar(out, '"');
}

static void
append_label(StringInfo out, int32 label, TrlNameOfLabel name_of)
{
	char	   *name = name_of(label);

	if (name != NULL)
		append_name(out, name);
	else
		appendStringInfo(out, "?%d", label);
}

char *
trl_expr_in_names(const char *canonical, TrlNameOfLabel name_of)
{
	StringInfoData out;
	const char *p = canonical;

	initStringInfo(&out);
	while (*p != '\0')
	{
		if (*p >= '0' && *p <= '9')
		{
			append_label(&out, atoi(p), name_of);
			p += strspn(p, "0123456789");
		}
		else if (*p == '&' || *p == '|')
			appendStringInfo(&out, " %c ", *p++);
		else
			appendStringInfoChar(&out, *p++);
	}
	return out.data;
}
