/*
 * format.h - what an ivf index looks like on disk
 *
 * Block 0 is the metapage.  Every other page ends in a TrlIvfOpaque that
 * says what it is.  Page contents lie below pd_lower, since generic WAL
 * zeroes what lies between pd_lower and pd_upper.
 *
 *   meta        1       options, shape, where the rest begins, calibration
 *   centroid    chain   one stream of float4: dims_padded per list, rotated
 *   directory   chain   TrlIvfListEntry per list
 *   posting     chains  one chain of units per list; a unit is "span" pages
 *                       of which the first is this kind: header, lane
 *                       factors, TIDs, then codes
 *   codes       -       further pages of a unit: codes only
 *   rerank      -       rows of 8 bits per dimension or fewer, named by the
 *                       unit that they belong to
 *   tail        chains  bare TIDs of rows that have no direction or no value
 *
 * Single pages that fall free go to the free space map.
 *
 * A centroid chain's and directory's blocks are listed nowhere: a backend
 * walks them once and keeps what it read (cache.c), until the metapage's
 * "generation" differs.
 */
#ifndef TRL_INDEX_IVF_FORMAT_H
#define TRL_INDEX_IVF_FORMAT_H

#include "storage/block.h"
#include "storage/bufpage.h"
#include "storage/itemptr.h"

#define TRL_IVF_MAGIC 0x54495646	/* "TIVF" */
#define TRL_IVF_VERSION 1

/* Differs from 0xFF80-84 and 0xFF90, the ids of other access methods. */
#define TRL_IVF_PAGE_ID 0xFFA1

#define TRL_IVF_META_BLOCK 0

#define TRL_IVF_LANES 32		/* rows of one block of a unit */
#define TRL_IVF_MAX_BLOCKS 32	/* blocks of one unit, at most */
#define TRL_IVF_MAX_SPAN 32		/* pages of one unit, at most */

typedef enum TrlIvfPageKind
{
	TRL_IVF_META = 1,
	TRL_IVF_CENTROID,
	TRL_IVF_DIRECTORY,
	TRL_IVF_POSTING,
	TRL_IVF_CODES,
	TRL_IVF_RERANK,
	TRL_IVF_TAIL,
	TRL_IVF_UNUSED				/* in the free space map */
} TrlIvfPageKind;

/* At the end of every page. */
typedef struct TrlIvfOpaque
{
	BlockNumber next;			/* of the same chain, or InvalidBlockNumber */
	uint32		list;			/* posting, codes, rerank: its list's id */
	uint16		kind;			/* TrlIvfPageKind */
	uint16		flags;			/* TRL_IVF_FROZEN, TRL_IVF_EMPTYING */
	uint16		unused;
	uint16		page_id;		/* TRL_IVF_PAGE_ID, last for pg_filedump */
} TrlIvfOpaque;

/* A unit that takes no more rows: its list is being split or emptied. */
#define TRL_IVF_FROZEN 1

/*
 * With TRL_IVF_FROZEN, and for good where a crash has ended it: its list is
 * being emptied, so that its rows may be in other lists too.
 */
#define TRL_IVF_EMPTYING 2

typedef enum TrlIvfMetric
{
	TRL_IVF_L2 = 1,
	TRL_IVF_IP,
	TRL_IVF_COSINE,				/* stored normalised, searched by L2 */
	TRL_IVF_L1,					/* lists by L2 */
	TRL_IVF_HAMMING,			/* of bit strings: L2 of 0 and 1, squared */
	TRL_IVF_JACCARD				/* lists by cosine of 0 and 1 */
} TrlIvfMetric;

/* What the codes of a unit are; follows from the metric. */
typedef enum TrlIvfCodeForm
{
	TRL_IVF_CODE_SIGNS,			/* of the rotated residual */
	TRL_IVF_CODE_BITS,			/* the bit string itself: distances are exact */
	TRL_IVF_CODE_NONE			/* the rows of a list are all there is */
} TrlIvfCodeForm;

/* Bits per dimension of rerank rows: as many as fit a page, 0 for no rows. */
#define TRL_IVF_ROW_MOST_BITS 8
#define TRL_IVF_ROW_LEAST_BITS 4

/* The same of sketches. */
#define TRL_IVF_ROW_SKETCH_BITS 6

/* The calibration: reach (reach.h) and probes for a recall. */
#define TRL_IVF_CALIBRATED_K 3	/* for 1, 10 and 100 neighbours */
#define TRL_IVF_CALIBRATED_RECALLS 8

/*
 * What is stored of a filter column's values, in fixed width.  Numbers are
 * stored as they are; of all else, what is stored of two values may be the
 * same: tests of it let pass all rows that they should, and some others.
 */
typedef enum TrlIvfFilterKind
{
	TRL_IVF_FILTER_NUMBER = 1,	/* signed, of width 1, 2, 4 or 8 */
	TRL_IVF_FILTER_OID,			/* of an enum's value */

	/* 32 bits of the type's hash, under any deterministic collation */
	TRL_IVF_FILTER_TEXT,
	TRL_IVF_FILTER_BPCHAR,
	TRL_IVF_FILTER_NAME,
	TRL_IVF_FILTER_UUID,

	/* one of 64 bits for each element of an array, NULLs apart */
	TRL_IVF_FILTER_INT2_SET,
	TRL_IVF_FILTER_INT4_SET,
	TRL_IVF_FILTER_INT8_SET,
	TRL_IVF_FILTER_TEXT_SET
} TrlIvfFilterKind;

typedef struct TrlIvfFilterColumn
{
	uint8		kind;			/* TrlIvfFilterKind */
	uint8		width;			/* bytes of a value */
	uint16		offset;			/* sum of the widths of the columns before */
} TrlIvfFilterColumn;

#define TRL_IVF_MAX_FILTERS 31

typedef struct TrlIvfMeta
{
	uint32		magic;
	uint32		version;

	/* fixed when the index is created */
	uint16		metric;			/* TrlIvfMetric */
	uint16		element_size;	/* 4: vector, 2: halfvec, 0: bit, 8: sparsevec */
	int32		column_dims;	/* of the column */
	int32		dims;			/* of what lists hold: of a sketch, or the
								 * column's */
	int32		dims_padded;	/* trl_rotation_padded(dims) */
	uint64		seed;			/* of the rotation and of sketches */

	/* shape of a unit, by dims_padded */
	uint16		span;			/* pages of a unit */
	uint16		unit_blocks;	/* blocks of 32 lanes of a unit */
	uint16		rerank_rows;	/* rows of a rerank page */
	uint16		rerank_pages;	/* pages of a full unit's rerank rows */
	uint16		filter_bytes;	/* per lane, of filter columns with NULLs'
								 * bits */
	uint8		code_form;		/* TrlIvfCodeForm */
	uint8		row_bits;		/* per dimension of a rerank row, 8 to 4, or 0 */

	/* changes whenever lists are added, split, merged or moved */
	uint32		generation;
	uint32		lists;			/* places of the directory, retired ones too */
	uint32		next_id;		/* of a list: never used before */
	BlockNumber centroids;		/* first of the chain */
	BlockNumber directory;		/* first of the chain */
	BlockNumber tail_nan;		/* rows whose distance is NaN, or Invalid */
	BlockNumber tail_null;		/* rows that are NULL, or Invalid */

	/* about */
	double		built_rows;		/* rows when the lists were made */

	/* calibration, from a sample of the rows themselves */
	double		calibrated_rows;	/* rows then; 0: never */
	uint32		calibrated_lists;	/* lists in use then */
	uint32		calibrated_generation;	/* the generation then */
	uint32		lists_in_use;	/* lists that are not retired */
	float		recall[TRL_IVF_CALIBRATED_RECALLS];
	float		reach[TRL_IVF_CALIBRATED_K][TRL_IVF_CALIBRATED_RECALLS];
	float		probes[TRL_IVF_CALIBRATED_K][TRL_IVF_CALIBRATED_RECALLS];	/* in the mean */

	/* the index's columns behind the first; older metapages end before */
	uint16		n_filters;
	TrlIvfFilterColumn filters[TRL_IVF_MAX_FILTERS];
} TrlIvfMeta;

/*
 * One list of the directory.  A list that has been split or emptied is
 * retired: its rows are in other lists, and it stays for the scans that began
 * before, until none of them can be left.  Then its pages are freed, "first" is
 * InvalidBlockNumber, and its place may be taken by a new list.
 */
typedef struct TrlIvfListEntry
{
	BlockNumber first;			/* unit; does not change within a generation */
	BlockNumber insert;			/* unit that inserts try first */
	uint32		units;
	uint32		rows;			/* live lanes after build or vacuum */
	uint64		retired;		/* the next transaction id then, full; 0: in
								 * use */
	uint32		id;				/* what its pages are marked with */
	uint32		unused;
} TrlIvfListEntry;

/*
 * First page of a unit, after the page header.  Then, per block, the runs
 *
 *   float4 add[32]       factors of the estimate, see kernels/scan.h
 *   short  rescale[32]   upper halves of floats
 *   short  error[32]
 *   tid    heap[32]      6 bytes each
 *   int    filter[32]    of each filter column, 1, 2, 4 or 8 bytes
 *   byte   null[32]      a bit per filter column, (columns + 7) / 8 bytes
 *
 * all "add" runs of the unit's blocks, then all "rescale" runs, and so on, so
 * that a reader of TIDs touches nothing else.  A filter value that is NULL is
 * stored as 0, beside its bit.  Then the codes of the unit in
 * granules of 64 bytes (16 dimensions of a block's 32 lanes), block after
 * block; granules fill this page and those behind it and cross no page.
 */
typedef struct TrlIvfUnit
{
	uint32		live[TRL_IVF_MAX_BLOCKS];	/* bit: the lane holds a row */
	BlockNumber rerank[FLEXIBLE_ARRAY_MEMBER];	/* rerank_pages of them */
} TrlIvfUnit;

#define TRL_IVF_GRANULE 64
#define TRL_IVF_GRANULE_DIMS 16

/*
 * A row of a rerank page: dims_padded codes behind two factors.
 * distance^2 = |q - c|^2 + add + rescale * (<codes, q'> - 127.5 * sum(q'))
 *
 * With fewer than eight bits a code, 127.5 is the middle of fewer levels, and
 * each 64 codes are packed: of the upper four bits, those of the first 32 codes
 * are the low halves of 32 bytes, the others the high ones; each lower bit has
 * 8 bytes, highest first, code i at bit i / 8 of byte i % 8.  For L1, add is 0 and
 * rescale the step: the row is centroid + rescale * (codes - 127.5), and
 * neither is rotated.
 */
typedef struct TrlIvfRerankRow
{
	float		add;
	float		rescale;
	uint8		codes[FLEXIBLE_ARRAY_MEMBER];
} TrlIvfRerankRow;

/* A page of bare TIDs. */
typedef struct TrlIvfTail
{
	uint32		count;
	ItemPointerData heap[FLEXIBLE_ARRAY_MEMBER];
} TrlIvfTail;

#endif							/* TRL_INDEX_IVF_FORMAT_H */
