/*
 * write.h - lays out the pages of a new ivf index
 */
#ifndef TRL_INDEX_IVF_WRITE_H
#define TRL_INDEX_IVF_WRITE_H

#include "index/ivf/ivf.h"

/* An index that is being written; block 0 is its metapage. */
typedef struct TrlIvfWriter
{
	Relation	index;
	ForkNumber	fork;
	TrlIvfMeta	meta;
	bool		logged;			/* each page, when it is complete */
	uint32		first_list;		/* of those that are written */
	uint32		end_list;		/* one behind the last */
	TrlIvfListEntry *entries;	/* per list, from the first on */

	/* rows of the list at hand that are not on a page yet */
	uint32		list;
	int			n_rows;
	int			n_measured;		/* rows that the radius is made of */
	double		squares;		/* of their distances */
	float	   *sum;			/* of bit strings */
	float	   *row;			/* scratch */
	uint8	   *row_codes;		/* the same */
	ItemPointerData *heap;
	float	   *add;
	TrlShortFloat *rescale;
	TrlShortFloat *error;
	uint8	   *bits;			/* dims_padded / 8 each */
	uint8	   *rows;			/* rerank rows */
	uint8	   *filters;		/* filter_bytes each */
	uint8	   *codes;			/* of one block, packed */
	Buffer		unit[TRL_IVF_MAX_SPAN]; /* the list's last, still open */
	bool		unit_open;

	/* rows that are in no list */
	BlockNumber tail_first[2];
	Buffer		tail[2];		/* last page of the chain, pinned */
	double		tail_rows;
} TrlIvfWriter;

/*
 * Begins an index of meta->lists centroids, dims_padded floats each: writes
 * the metapage, the centroids and an empty directory.  meta is filled but for
 * the places of things.
 */
extern TrlIvfWriter *trl_ivf_writer_begin(Relation index, ForkNumber fork,
										  const TrlIvfMeta *meta,
										  const float *centroids);

/*
 * Begins to write lists with the ids first ... first + count - 1 of an index in
 * use, which nobody knows of yet.  Every page is logged.
 */
extern TrlIvfWriter *trl_ivf_writer_open(Relation index,
										 const TrlIvfMeta *meta,
										 uint32 first, uint32 count);

/* Adds a row to a list; lists come in ascending order. */
extern void trl_ivf_writer_add(TrlIvfWriter *writer, uint32 list,
							   ItemPointer heap, const TrlIvfCode *code);

/* Adds a row that is in no list. */
extern void trl_ivf_writer_add_tail(TrlIvfWriter *writer, TrlIvfValue kind,
									ItemPointer heap);

/* Writes what is left of the lists; writer->entries are then complete. */
extern void trl_ivf_writer_close(TrlIvfWriter *writer);

/* The same, and the directory and the metapage of a new index. */
extern void trl_ivf_writer_end(TrlIvfWriter *writer);

/* Makes a page an empty one of a list's unit; number is 0 ... span - 1. */
extern void trl_ivf_init_unit_page(const TrlIvfMeta *meta, Page page,
								   int number, uint32 list);

/*
 * Puts a lane's bits into the pages of a unit; those that are NULL are left
 * out.
 */
extern void trl_ivf_set_lane_bits(const TrlIvfMeta *meta, Page *pages,
								  int lane, const uint8 *bits);

/* Takes a lane's bits, trl_ivf_code_size() bytes, out of a unit's pages. */
extern void trl_ivf_get_lane_bits(const TrlIvfMeta *meta, const Page *pages,
								  int lane, uint8 *bits);

#endif							/* TRL_INDEX_IVF_WRITE_H */
