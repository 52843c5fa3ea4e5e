/*
 * metapath.c - a sequence of relations to follow, one a hop
 *
 * Later: ranges ('part_of*1..3') and alternatives, compiled to an automaton
 * whose state joins the visited key.  Both are refused today, so that their
 * meaning stays free.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "core/compat.h"
#include "kg/metapath.h"

static void
step_error(int number, const char *element, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("element %d of argument \"metapath\" is not a step: \"%s\"",
					number, element),
			 errhint("%s", hint)));
}

/* Cuts "*n" off the end of a step and returns n, 1 if there is none. */
static int
cut_repetition(char *step, int number, const char *element)
{
	char	   *star = strrchr(step, '*');
	char	   *end;
	long		n;

	if (star == NULL)
		return 1;
	errno = 0;
	n = strtol(star + 1, &end, 10);
	if (strstr(star, "..") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("element %d of argument \"metapath\" is a range: \"%s\"",
						number, element),
				 errhint("Give a fixed number of steps, such as 'part_of*2'.")));
	if (errno != 0 || end == star + 1 || *end != '\0' ||
		n < 1 || n > TRL_METAPATH_MAX_STEPS)
		step_error(number, element,
				   "After \"*\" comes a number of steps from 1 to 64.");
	*star = '\0';
	return (int) n;
}

static void
parse_step(TrlMetapath *path, const char *element, int number,
		   TrlDirection direction)
{
	char	   *step = pstrdup(element);
	int			n = cut_repetition(step, number, element);
	Size		len = strlen(step);
	bool		in = step[0] == '<';
	bool		out = len > 0 && step[len - 1] == '>';
	Datum		name;

	if (out)
		step[--len] = '\0';
	if (in)
		step++;
	if (*step == '\0' || (in && out))
		step_error(number, element,
				   "A step is a relation's name: 'name>' along its edges, '<name' against them, 'name' as \"direction\" says.");
	name = CStringGetTextDatum(step);
	for (; n > 0; n--)
	{
		if (path->n == TRL_METAPATH_MAX_STEPS)
			trl_argument_error("metapath",
							   psprintf("has more than %d steps", TRL_METAPATH_MAX_STEPS),
							   NULL);
		path->rel[path->n] = name;
		path->direction[path->n++] = in ? TRL_DIRECTION_IN
			: out ? TRL_DIRECTION_OUT : direction;
	}
}

void
trl_metapath_parse(TrlMetapath *path, const Datum *elements, int n,
				   TrlDirection direction)
{
	int			i;

	path->n = 0;
	for (i = 0; i < n; i++)
		parse_step(path, TextDatumGetCString(elements[i]), i + 1, direction);
	if (path->n == 0)
		trl_argument_error("metapath", "must not be empty", NULL);
}
