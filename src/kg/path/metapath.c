/*
 * metapath.c - a sequence of relations to follow, one a hop
 *
 * Reads the text.  Steps of a range are written out, those beyond its least
 * number as optional ones; automaton.c makes an automaton of them.
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "core/compat.h"
#include "kg/path/metapath.h"

/* The element being read, for messages. */
typedef struct Element
{
	int			number;
	const char *text;
	bool		ranges;			/* may be one */
} Element;

static void
step_error(const Element *element, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("element %d of argument \"metapath\" is not a step: \"%s\"",
					element->number, element->text),
			 errhint("%s", hint)));
}

/* Reads digits; false if there are none or the number is out of range. */
static bool
read_count(const char **at, int *count)
{
	const char *start = *at;

	*count = 0;
	while (**at >= '0' && **at <= '9' && *count <= TRL_METAPATH_MAX_STEPS)
		*count = *count * 10 + *(*at)++ - '0';
	return *at > start && *count <= TRL_METAPATH_MAX_STEPS;
}

/* Cuts "*n" or "*n..m" off the end of a step. */
static void
cut_repetition(char *step, const Element *element, int *least, int *most)
{
	char	   *star = strrchr(step, '*');
	const char *at;
	bool		good;

	*least = *most = 1;
	if (star == NULL)
		return;
	at = star + 1;
	good = read_count(&at, least);
	*most = *least;
	if (good && at[0] == '.' && at[1] == '.')
	{
		if (!element->ranges)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("element %d of argument \"metapath\" is a range: \"%s\"",
							element->number, element->text),
					 errhint("Give a fixed number of steps, such as 'part_of*2'; trellis.paths() takes ranges.")));
		at += 2;
		good = read_count(&at, most);
	}
	if (!good || *at != '\0' || *most < 1 || *least > *most)
		step_error(element,
				   "After \"*\" comes a number of steps from 1 to 63, or a range such as 1..3.");
	*star = '\0';
}

/* Cuts the mark of a direction off a step and returns what is left. */
static char *
cut_direction(char *step, const Element *element, TrlDirection *direction)
{
	Size		len = strlen(step);
	bool		in = step[0] == '<';
	bool		out = len > 0 && step[len - 1] == '>';

	if (in && out)
		step_error(element,
				   "A step goes along its edges ('name>') or against them ('<name'), or both ways ('name').");
	if (out)
		step[len - 1] = '\0';
	if (in || out)
		*direction = in ? TRL_DIRECTION_IN : TRL_DIRECTION_OUT;
	return in ? step + 1 : step;
}

/* One name of a step. */
static Datum
step_name(const char *name, Size len, const Element *element)
{
	if (len == 0 || name[0] == '<' || name[len - 1] == '>')
		step_error(element,
				   "A step is a relation's name, or several as 'a|b': 'name>' along its edges, '<name' against them, 'name' as \"direction\" says.");
	return PointerGetDatum(cstring_to_text_with_len(name, len));
}

/* The number of the class, a new one unless there is an equal one. */
static int
class_number(TrlMetapath *path, char *names, TrlDirection direction,
			 const Element *element)
{
	TrlEdgeClass *class;
	const char *name = names;
	const char *end;
	int			i;

	for (i = 0; i < path->n_classes; i++)
		if (path->classes[i].direction == direction &&
			strcmp(path->classes[i].text, names) == 0)
			return i;
	class = &path->classes[path->n_classes++];
	class->text = names;
	class->direction = direction;
	class->n_rels = 0;
	class->rels = palloc(sizeof(Datum) * (strlen(names) + 1));
	for (; (end = strchr(name, '|')) != NULL; name = end + 1)
		class->rels[class->n_rels++] = step_name(name, end - name, element);
	class->rels[class->n_rels++] = step_name(name, strlen(name), element);
	return i;
}

static void
parse_step(TrlMetapath *path, const Element *element, TrlDirection direction)
{
	char	   *step = pstrdup(element->text);
	int			least;
	int			most;
	int			class;
	int			i;

	cut_repetition(step, element, &least, &most);
	step = cut_direction(step, element, &direction);
	if (path->n + most > TRL_METAPATH_MAX_STEPS)
		trl_argument_error("metapath",
						   psprintf("has more than %d steps", TRL_METAPATH_MAX_STEPS),
						   NULL);
	class = class_number(path, step, direction, element);
	for (i = 0; i < most; i++)
	{
		path->class_of[path->n] = class;
		path->optional[path->n++] = i >= least;
	}
}

void
trl_metapath_parse(TrlMetapath *path, const Datum *elements, int n,
				   TrlDirection direction, bool ranges)
{
	int			i;

	path->n = 0;
	path->n_classes = 0;
	for (i = 0; i < n; i++)
	{
		Element		element = {i + 1, TextDatumGetCString(elements[i]), ranges};

		parse_step(path, &element, direction);
	}
	if (path->n == 0)
		trl_argument_error("metapath", "must not be empty", NULL);
}
