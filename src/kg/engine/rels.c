/*
 * rels.c - the relation names that one call has met
 *
 * Does: number relation names, translate to and from the dictionary.
 * Does not: read edges (hop.c).
 *
 * Locks: those of its queries.  WAL: none.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "core/compat.h"
#include "kg/engine/nodeset.h"
#include "kg/engine/plan.h"
#include "kg/engine/rels.h"

typedef enum RelsMode
{
	RELS_ABSENT,				/* the graph has no relation column */
	RELS_DICTIONARY,			/* numbers of a dictionary */
	RELS_INTEGER,				/* numbers that stand for themselves */
	RELS_TEXT					/* names, numbered in order of arrival */
} RelsMode;

struct TrlRels
{
	const TrlGraph *graph;
	RelsMode	mode;
	MemoryContext cxt;
	TrlNodeSet	names;			/* RELS_TEXT */
	TrlNodeSet	numbers;		/* RELS_DICTIONARY: those noted */
	Datum	   *labels;			/* by place in numbers; 0 if not found */
	uint32		n_labels;		/* numbers looked up so far */
	TrlNodeSet	unknown;		/* names that a NOTICE has told of */
};

static RelsMode
rels_mode(const TrlGraph *graph)
{
	const TrlColumn *column = &graph->column[TRL_ROLE_REL];

	if (column->attnum == 0)
		return RELS_ABSENT;
	if (OidIsValid(graph->rel_types))
		return RELS_DICTIONARY;
	if (column->type == INT2OID || column->type == INT4OID)
		return RELS_INTEGER;
	return RELS_TEXT;
}

TrlRels *
trl_rels_create(const TrlGraph *graph)
{
	TrlRels    *rels = palloc0(sizeof(TrlRels));

	rels->graph = graph;
	rels->mode = rels_mode(graph);
	rels->cxt = CurrentMemoryContext;
	if (rels->mode == RELS_TEXT)
		trl_nodeset_init(&rels->names, TRL_KEY_TEXT, rels->cxt);
	if (rels->mode == RELS_DICTIONARY)
	{
		trl_nodeset_init(&rels->numbers, TRL_KEY_INT, rels->cxt);
		trl_nodeset_init(&rels->unknown, TRL_KEY_TEXT, rels->cxt);
	}
	return rels;
}

int32
trl_rels_number(TrlRels *rels, Datum value)
{
	bool		is_new;

	if (rels->mode == RELS_TEXT)
		return (int32) trl_nodeset_intern(&rels->names,
										  trl_key_from_datum(TRL_KEY_TEXT, TEXTOID, value),
										  &is_new);
	if (rels->graph->column[TRL_ROLE_REL].type == INT2OID)
		return DatumGetInt16(value);
	return DatumGetInt32(value);
}

int
trl_rels_compare(const TrlRels *rels, int32 a, int32 b)
{
	if (a == b)
		return 0;
	if (a == TRL_REL_NONE || b == TRL_REL_NONE)
		return a == TRL_REL_NONE ? 1 : -1;
	if (rels->mode == RELS_TEXT)
		return trl_key_compare(TRL_KEY_TEXT, rels->names.nodes[a].key,
							   rels->names.nodes[b].key);
	return a < b ? -1 : 1;
}

/* A row of the dictionary: number, name. */
static void
set_label(void *state, const Datum *values, const bool *nulls)
{
	TrlRels    *rels = state;
	Oid			type = rels->graph->rel_types_key.type;
	TrlKey		name;
	uint32		at;

	if (nulls[0] || nulls[1])
		return;
	at = trl_nodeset_find(&rels->numbers,
						  trl_key_from_datum(TRL_KEY_INT, type, values[0]));
	if (at == TRL_NONE)
		return;
	name = trl_key_from_datum(TRL_KEY_TEXT, TEXTOID, values[1]);
	rels->labels[at] =
		trl_key_to_datum(TRL_KEY_TEXT,
						 trl_key_copy(TRL_KEY_TEXT, name, rels->cxt), TEXTOID);
}

/* Rows of the dictionary whose column equals an element of the parameter. */
static void
read_dictionary(TrlRels *rels, const TrlColumn *by, Oid element_type,
				ArrayType *parameter, TrlRowFunction row, void *state)
{
	const TrlGraph *graph = rels->graph;
	TrlParams	params = {0};
	char	   *sql;

	trl_params_add(&params, get_array_type(element_type),
				   PointerGetDatum(parameter));
	sql = psprintf("SELECT t.%s::%s, t.%s::pg_catalog.text FROM %s t"
				   " WHERE t.%s OPERATOR(pg_catalog.=) ANY ($1)",
				   graph->rel_types_key.name,
				   trl_type_sql_name(graph->rel_types_key.type),
				   graph->rel_types_label.name,
				   graph->rel_types_name, by->name);
	trl_plan_run(trl_plan_get(sql, &params), &params, row, state);
}

void
trl_rels_note(TrlRels *rels, int32 number)
{
	bool		is_new;

	if (rels->mode == RELS_DICTIONARY && number != TRL_REL_NONE)
		trl_nodeset_intern(&rels->numbers, (TrlKey) (int64) number, &is_new);
}

void
trl_rels_load(TrlRels *rels)
{
	const TrlColumn *key = &rels->graph->rel_types_key;
	uint32		n = rels->numbers.count;
	uint32		n_new;
	TrlKey	   *keys;
	Datum	   *labels;
	uint32		i;

	if (rels->mode != RELS_DICTIONARY || n == rels->n_labels)
		return;
	labels = MemoryContextAllocZero(rels->cxt, sizeof(Datum) * n);
	n_new = n - rels->n_labels;
	keys = palloc(sizeof(TrlKey) * n_new);
	for (i = 0; i < rels->n_labels; i++)
		labels[i] = rels->labels[i];
	for (i = 0; i < n_new; i++)
		keys[i] = rels->numbers.nodes[rels->n_labels + i].key;
	if (rels->labels != NULL)
		pfree(rels->labels);
	rels->labels = labels;
	rels->n_labels = n;
	read_dictionary(rels, key, key->type,
					trl_key_array(TRL_KEY_INT, keys, n_new, key->type),
					set_label, rels);
	pfree(keys);
}

Datum
trl_rels_name(const TrlRels *rels, int32 number)
{
	uint32		at;

	if (number == TRL_REL_NONE)
		return (Datum) 0;
	switch (rels->mode)
	{
		case RELS_TEXT:
			return trl_key_to_datum(TRL_KEY_TEXT,
									rels->names.nodes[number].key, TEXTOID);
		case RELS_INTEGER:
			return CStringGetTextDatum(psprintf("%d", number));
		case RELS_DICTIONARY:
			at = trl_nodeset_find(&((TrlRels *) rels)->numbers,
								  (TrlKey) (int64) number);
			return at >= rels->n_labels ? (Datum) 0 : rels->labels[at];
		case RELS_ABSENT:
			break;
	}
	return (Datum) 0;
}

/* The names of the dictionary that a caller asked for. */
typedef struct Lookup
{
	TrlNodeSet	names;
	TrlKey	   *numbers;		/* by name */
	bool	   *found;
	Oid			type;
} Lookup;

static void
note_number(void *state, const Datum *values, const bool *nulls)
{
	Lookup	   *lookup = state;
	uint32		at;

	if (nulls[0] || nulls[1])
		return;
	at = trl_nodeset_find(&lookup->names,
						  trl_key_from_datum(TRL_KEY_TEXT, TEXTOID, values[1]));
	if (at == TRL_NONE)
		return;
	lookup->numbers[at] = trl_key_from_datum(TRL_KEY_INT, lookup->type, values[0]);
	lookup->found[at] = true;
}

/* Drops the names that were not found, with a NOTICE each, once a call. */
static int
keep_found(TrlRels *rels, Lookup *lookup)
{
	int			kept = 0;
	bool		is_new;
	uint32		i;

	for (i = 0; i < lookup->names.count; i++)
	{
		if (lookup->found[i])
		{
			lookup->numbers[kept++] = lookup->numbers[i];
			continue;
		}
		trl_nodeset_intern(&rels->unknown, lookup->names.nodes[i].key, &is_new);
		if (is_new)
			ereport(NOTICE,
					(errmsg("relation \"%s\" is not in %s and matches no edge",
							TextDatumGetCString(trl_key_to_datum(TRL_KEY_TEXT,
																 lookup->names.nodes[i].key,
																 TEXTOID)),
							rels->graph->rel_types_name)));
	}
	return kept;
}

static ArrayType *
dictionary_parameter(TrlRels *rels, const Datum *names, int n,
					 ArrayType *name_array, Oid *element_type)
{
	const TrlGraph *graph = rels->graph;
	Lookup		lookup;
	bool		is_new;
	int			i;

	trl_nodeset_init(&lookup.names, TRL_KEY_TEXT, rels->cxt);
	lookup.numbers = palloc(sizeof(TrlKey) * Max(n, 1));
	lookup.found = palloc0(Max(n, 1));
	lookup.type = graph->rel_types_key.type;
	for (i = 0; i < n; i++)
		trl_nodeset_intern(&lookup.names,
						   trl_key_from_datum(TRL_KEY_TEXT, TEXTOID, names[i]),
						   &is_new);
	read_dictionary(rels, &graph->rel_types_label, TEXTOID, name_array,
					note_number, &lookup);
	n = keep_found(rels, &lookup);
	*element_type = lookup.type;
	return trl_key_array(TRL_KEY_INT, lookup.numbers, n, lookup.type);
}

ArrayType *
trl_rels_parameter(TrlRels *rels, const Datum *names, int n, Oid *element_type)
{
	ArrayType  *name_array;

	name_array = construct_array((Datum *) names, n, TEXTOID, -1, false,
								 TYPALIGN_INT);
	if (rels->mode == RELS_DICTIONARY)
		return dictionary_parameter(rels, names, n, name_array, element_type);
	*element_type = TEXTOID;
	return name_array;
}
