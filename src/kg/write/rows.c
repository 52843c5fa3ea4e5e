/*
 * rows.c - the rows that a batch writes: sorted, distinct, inserted or updated
 *
 * A round inserts what is missing (ON CONFLICT DO NOTHING, sorted by key),
 * looks up what was there, locks the rows that differ (sorted by id) and
 * updates them.  Every statement of a round takes a new snapshot, so that it
 * sees what a concurrent batch committed meanwhile; a row that was deleted or
 * closed in between is tried again in the next round.  Rows that are as they
 * should be are neither locked nor written.  Large batches of rows that are
 * mostly there are looked up before anything is inserted.
 *
 * Locks: row locks of its statements, until the transaction ends.  WAL: that
 * of its statements.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "kg/engine/keys.h"
#include "kg/engine/plan.h"
#include "kg/write/rows.h"

#define MAX_ROUNDS 3

/* A batch of at least so many rows is probed before it is inserted. */
#define PROBE_MIN_ROWS 64
#define PROBES 16

/* ---- building ---- */

static int
compare_values(Oid type, Datum a, Datum b)
{
	switch (type)
	{
		case INT4OID:
			return DatumGetInt32(a) < DatumGetInt32(b) ? -1
				: DatumGetInt32(a) > DatumGetInt32(b);
		case INT8OID:
			return DatumGetInt64(a) < DatumGetInt64(b) ? -1
				: DatumGetInt64(a) > DatumGetInt64(b);
		case TIMESTAMPTZOID:
			return timestamp_cmp_internal(DatumGetTimestampTz(a),
										  DatumGetTimestampTz(b));
		default:
			return trl_key_compare(TRL_KEY_TEXT,
								   trl_key_from_datum(TRL_KEY_TEXT, type, a),
								   trl_key_from_datum(TRL_KEY_TEXT, type, b));
	}
}

typedef struct SortState
{
	const Oid  *types;
	int			n_keys;
	Datum	  **values;
} SortState;

static int
compare_keys(const SortState *sort, int a, int b)
{
	int			i;

	for (i = 0; i < sort->n_keys; i++)
	{
		int			order = compare_values(sort->types[i], sort->values[i][a],
										   sort->values[i][b]);

		if (order != 0)
			return order;
	}
	return 0;
}

/* Equal keys stay in the order of the batch. */
static int
compare_elements(const void *left, const void *right, void *arg)
{
	int			a = *(const int *) left;
	int			b = *(const int *) right;
	int			order = compare_keys(arg, a, b);

	return order != 0 ? order : a - b;
}

static TrlRows *
new_rows(const Oid *types, int n_columns, int n_keys, int n)
{
	TrlRows    *rows = palloc0(sizeof(TrlRows));
	int			i;

	n = Max(n, 1);
	rows->types = types;
	rows->n_columns = n_columns;
	rows->n_keys = n_keys;
	rows->values = palloc(sizeof(Datum *) * n_columns);
	rows->nulls = palloc(sizeof(bool *) * n_columns);
	for (i = 0; i < n_columns; i++)
	{
		rows->values[i] = palloc0(sizeof(Datum) * n);
		rows->nulls[i] = palloc(n);
		memset(rows->nulls[i], true, n);
	}
	rows->row_of_element = palloc(sizeof(int) * n);
	rows->ids = palloc0(sizeof(int64) * n);
	rows->found = palloc0(n);
	rows->inserted = palloc0(n);
	rows->changed = palloc0(n);
	rows->done = palloc0(n);
	return rows;
}

/* Lays an element over a row: what it says, wins. */
static void
merge_element(TrlRows *rows, int row, Datum **values, bool **nulls, int element)
{
	int			i;

	for (i = 0; i < rows->n_columns; i++)
	{
		if (nulls[i][element])
			continue;
		rows->values[i][row] = values[i][element];
		rows->nulls[i][row] = false;
	}
	rows->row_of_element[element] = row;
}

TrlRows *
trl_rows_build(const Oid *types, int n_columns, int n_keys, Datum **values,
			   bool **nulls, int n_elements)
{
	TrlRows    *rows = new_rows(types, n_columns, n_keys, n_elements);
	int		   *order = palloc(sizeof(int) * Max(n_elements, 1));
	SortState	sort = {types, n_keys, values};
	int			i;

	for (i = 0; i < n_elements; i++)
		order[i] = i;
	qsort_arg(order, n_elements, sizeof(int), compare_elements, &sort);
	for (i = 0; i < n_elements; i++)
	{
		if (i == 0 || compare_keys(&sort, order[i - 1], order[i]) != 0)
			rows->n++;
		merge_element(rows, rows->n - 1, values, nulls, order[i]);
	}
	pfree(order);
	return rows;
}

/* ---- statements ---- */

/* Rows that a statement works on, in order. */
typedef struct Selection
{
	TrlRows    *rows;
	int		   *row;
	int			n;
} Selection;

static Selection
new_selection(TrlRows *rows)
{
	Selection	selection = {rows, palloc(sizeof(int) * Max(rows->n, 1)), 0};

	return selection;
}

static Datum
column_array(const Selection *selection, int column)
{
	const TrlRows *rows = selection->rows;
	Datum	   *values = palloc(sizeof(Datum) * Max(selection->n, 1));
	bool	   *nulls = palloc(Max(selection->n, 1));
	int			dims[1] = {selection->n};
	int			lbounds[1] = {1};
	int16		len;
	bool		by_value;
	char		align;
	int			i;

	for (i = 0; i < selection->n; i++)
	{
		values[i] = rows->values[column][selection->row[i]];
		nulls[i] = rows->nulls[column][selection->row[i]];
	}
	get_typlenbyvalalign(rows->types[column], &len, &by_value, &align);
	return PointerGetDatum(construct_md_array(values, nulls, 1, dims, lbounds,
											  rows->types[column], len,
											  by_value, align));
}

static Datum
id_array(const Selection *selection)
{
	TrlKey	   *keys = palloc(sizeof(TrlKey) * Max(selection->n, 1));
	int			i;

	for (i = 0; i < selection->n; i++)
		keys[i] = (TrlKey) selection->rows->ids[selection->row[i]];
	return PointerGetDatum(trl_key_array(TRL_KEY_INT, keys, selection->n,
										 INT8OID));
}

static void
add_columns(TrlParams *params, const Selection *selection)
{
	int			i;

	for (i = 0; i < selection->rows->n_columns; i++)
		trl_params_add(params, get_array_type(selection->rows->types[i]),
					   column_array(selection, i));
}

/* ---- insert ---- */

/* The row of a returned key, or -1; columns follow the id. */
static int
find_row(const TrlRows *rows, const Datum *key)
{
	int			low = 0;
	int			high = rows->n - 1;

	while (low <= high)
	{
		int			middle = (low + high) / 2;
		int			order = 0;
		int			i;

		for (i = 0; i < rows->n_keys && order == 0; i++)
			order = compare_values(rows->types[i], rows->values[i][middle],
								   key[i]);
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return -1;
}

static void
note_inserted(void *state, const Datum *values, const bool *nulls)
{
	TrlRows    *rows = state;
	int			row;
	int			i;

	for (i = 0; i <= rows->n_keys; i++)
		if (nulls[i])
			return;				/* a trigger took its key away */
	row = find_row(rows, values + 1);
	if (row < 0)
		return;					/* or changed it */
	rows->ids[row] = DatumGetInt64(values[0]);
	rows->found[row] = true;
	rows->inserted[row] = true;
	rows->done[row] = true;
}

static void
insert_rows(TrlRows *rows, const TrlRowsSql *sql)
{
	Selection	selection = new_selection(rows);
	TrlParams	params = {0};
	int			i;

	for (i = 0; i < rows->n; i++)
		if (!rows->done[i] && !rows->found[i])
			selection.row[selection.n++] = i;
	if (selection.n == 0)
		return;
	add_columns(&params, &selection);
	trl_sql_write(sql->insert, &params, note_inserted, rows);
}

/* ---- match ---- */

static void
note_match(void *state, const Datum *values, const bool *nulls)
{
	Selection  *selection = state;
	TrlRows    *rows = selection->rows;
	int			row = selection->row[DatumGetInt64(values[0]) - 1];
	bool		second_best = DatumGetBool(values[3]);

	if (nulls[1] || (rows->found[row] && second_best))
		return;
	rows->ids[row] = DatumGetInt64(values[1]);
	rows->found[row] = true;
	rows->changed[row] = !nulls[2] && DatumGetBool(values[2]);
}

/* Looks for stored rows; include: of which rows, NULL for all. */
static void
match_rows(TrlRows *rows, const TrlRowsSql *sql, const bool *include)
{
	Selection	selection = new_selection(rows);
	TrlParams	params = {0};
	int			i;

	for (i = 0; i < rows->n; i++)
		if (!rows->done[i] && !rows->found[i] && (include == NULL || include[i]))
			selection.row[selection.n++] = i;
	if (selection.n == 0)
		return;
	add_columns(&params, &selection);
	trl_sql_write(sql->match, &params, note_match, &selection);
}

/*
 * A batch that is mostly there already is looked up before it is inserted,
 * since an insert that meets a conflict has done most of its work by then;
 * a few rows from all over the batch tell.  Rows found so do not meet the
 * policies and triggers of an INSERT.
 */
static void
match_known_rows(TrlRows *rows, const TrlRowsSql *sql)
{
	bool	   *sample;
	int			found = 0;
	int			i;

	if (rows->n < PROBE_MIN_ROWS)
		return;
	sample = palloc0(rows->n);
	for (i = 0; i < PROBES; i++)
		sample[(int64) i * rows->n / PROBES] = true;
	match_rows(rows, sql, sample);
	for (i = 0; i < rows->n; i++)
		found += sample[i] && rows->found[i];
	pfree(sample);
	if (found >= PROBES / 2)
		match_rows(rows, sql, NULL);
}

/* ---- update ---- */

static int
compare_ids(const void *left, const void *right, void *arg)
{
	const TrlRows *rows = arg;
	int64		a = rows->ids[*(const int *) left];
	int64		b = rows->ids[*(const int *) right];

	return a < b ? -1 : a > b;
}

static void
note_updated(void *state, const Datum *values, const bool *nulls)
{
	Selection  *selection = state;
	int64		id = DatumGetInt64(values[0]);
	int			low = 0;
	int			high = selection->n - 1;

	if (nulls[0])
		return;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (selection->rows->ids[selection->row[middle]] < id)
			low = middle + 1;
		else
			high = middle;
	}
	if (selection->rows->ids[selection->row[low]] == id)
		selection->rows->done[selection->row[low]] = true;
}

static void
update_rows(Selection *selection, const TrlRowsSql *sql)
{
	TrlParams	lock_params = {0};
	TrlParams	params = {0};
	Datum		ids;

	if (selection->n == 0)
		return;
	qsort_arg(selection->row, selection->n, sizeof(int), compare_ids,
			  selection->rows);
	ids = id_array(selection);
	trl_params_add(&lock_params, INT8ARRAYOID, ids);
	trl_sql_write(sql->lock, &lock_params, NULL, NULL);
	add_columns(&params, selection);
	trl_params_add(&params, INT8ARRAYOID, ids);
	trl_sql_write(sql->update, &params, note_updated, selection);
}

/* Rows found as they should be are done, the others are updated. */
static void
finish_found(TrlRows *rows, const TrlRowsSql *sql)
{
	Selection	selection = new_selection(rows);
	int			i;

	for (i = 0; i < rows->n; i++)
	{
		if (rows->done[i] || !rows->found[i])
			continue;
		if (rows->changed[i])
			selection.row[selection.n++] = i;
		else
			rows->done[i] = true;
	}
	update_rows(&selection, sql);
}

int
trl_rows_write(TrlRows *rows, const TrlRowsSql *sql, const bool *match_first)
{
	int			round;
	int			i;

	for (round = 0; round < MAX_ROUNDS; round++)
	{
		CHECK_FOR_INTERRUPTS();
		if (match_first != NULL)
			match_rows(rows, sql, match_first);
		if (round == 0)
			match_known_rows(rows, sql);
		insert_rows(rows, sql);
		match_rows(rows, sql, NULL);
		finish_found(rows, sql);
		/* what was found but not updated has changed meanwhile */
		for (i = 0; i < rows->n && rows->done[i]; i++)
			;
		if (i == rows->n)
			return -1;
		for (; i < rows->n; i++)
			if (!rows->done[i])
				rows->found[i] = false;
	}
	for (i = 0; i < rows->n; i++)
		if (!rows->done[i])
			return i;
	return -1;
}
