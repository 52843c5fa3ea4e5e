/*
 * rows.h - the rows that a batch writes: sorted, distinct, inserted or updated
 *
 * Elements of a batch that mean the same row are merged as if they had been
 * written one after the other: what a later one says, wins.
 *
 * Rows are inserted, and locked for update, in a fixed order, so that
 * concurrent batches wait for each other instead of dying in a deadlock.
 */
#ifndef TRL_KG_ROWS_H
#define TRL_KG_ROWS_H

/* A column: the first n_keys ones identify the row and are never NULL. */
typedef struct TrlRows
{
	int			n;				/* rows */
	int			n_columns;
	int			n_keys;
	const Oid  *types;			/* keys: int4, int8, text or timestamptz */
	Datum	  **values;			/* by column, then row */
	bool	  **nulls;
	int		   *row_of_element;

	int64	   *ids;
	bool	   *found;			/* the id is known */
	bool	   *inserted;
	bool	   *changed;		/* the stored row differs */
	bool	   *done;
} TrlRows;

/*
 * The statements that write.  Parameters are one array per column; x stands
 * for unnest() of them with ordinality.
 * insert: returns the id and the key columns of what was inserted, and does
 * nothing on conflict.
 * match: finds stored rows; returns ordinality, id, changed, and whether a
 * row found before for the same element is better.
 * lock: locks rows of ids ($1) in order; returns them.
 * update: an array of ids comes last; returns the ids updated.
 */
typedef struct TrlRowsSql
{
	const char *insert;
	const char *match;
	const char *lock;
	const char *update;
} TrlRowsSql;

/* values and nulls: by column, then element.  In the current context. */
extern TrlRows *trl_rows_build(const Oid *types, int n_columns, int n_keys,
							   Datum **values, bool **nulls, int n_elements);

/*
 * Writes every row.  match_first: rows that are looked up before they are
 * inserted, since no unique key finds what they change; NULL for none.
 * Returns -1, or a row that could not be written because one of the same key
 * exists that the user may not see or change.
 */
extern int	trl_rows_write(TrlRows *rows, const TrlRowsSql *sql,
						   const bool *match_first);

#endif							/* TRL_KG_ROWS_H */
