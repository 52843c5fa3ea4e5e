/*
 * ivf.h - what the files of the ivf access method share
 */
#ifndef TRL_INDEX_IVF_H
#define TRL_INDEX_IVF_H

#include "access/amapi.h"
#include "access/genam.h"
#include "access/relscan.h"
#include "nodes/execnodes.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "index/ivf/format.h"
#include "kernels/scan.h"
#include "types/element.h"
#include "types/sparsevec.h"

/*
 * Most dimensions: of vectors as their types have, of bit strings so that a
 * unit keeps to TRL_IVF_MAX_SPAN.
 */
#define TRL_IVF_MAX_DIMS 16000
#define TRL_IVF_MAX_BITS 64000

/* Phases of a build in pg_stat_progress_create_index. */
typedef enum TrlIvfPhase
{
	TRL_IVF_PHASE_SAMPLE = 2,	/* 1 is PROGRESS_CREATEIDX_SUBPHASE_INITIALIZE */
	TRL_IVF_PHASE_KMEANS,
	TRL_IVF_PHASE_ASSIGN,
	TRL_IVF_PHASE_SORT,
	TRL_IVF_PHASE_WRITE,
	TRL_IVF_PHASE_LOG
} TrlIvfPhase;

/* What an operator class stands for (class.c). */
typedef struct TrlIvfClass
{
	TrlIvfMetric metric;
	const TrlElement *element;	/* NULL: bit strings, or sparse vectors */
	bool		sparse;			/* lists hold sketches (sketch.c) */
} TrlIvfClass;

/* Bytes of a stored element, 0 of bit strings, as on the metapage. */
static inline uint16
trl_ivf_element_size(const TrlIvfClass *class)
{
	if (class->sparse)
		return sizeof(int32) + sizeof(float);
	return class->element != NULL ? (uint16) class->element->size : 0;
}

static inline int
trl_ivf_max_dims(const TrlIvfClass *class)
{
	if (class->sparse)
		return TRL_SPARSEVEC_MAX_DIM;
	return class->element == NULL ? TRL_IVF_MAX_BITS : TRL_IVF_MAX_DIMS;
}

typedef struct TrlIvfOptions
{
	int32		vl_len_;
	int			lists;			/* 0: chosen from the number of rows */
} TrlIvfOptions;

/* Why a value has no place in a list, or that it has one. */
typedef enum TrlIvfValue
{
	TRL_IVF_VALUE,
	TRL_IVF_VALUE_NAN,			/* zero, for cosine: NaN; or too long */
	TRL_IVF_VALUE_NULL
} TrlIvfValue;

/* handler.c: defines the options; called once, when the library is loaded. */
extern void trl_ivf_init(void);

/* ---- shape.c: arithmetic of pages, rows and units ---- */

/*
 * Fills the forms and the shape of a unit, from metric, both dims and the
 * filter columns.  Raises 54000 if not even one block of lanes fits.
 */
extern void trl_ivf_shape(TrlIvfMeta *meta);

/* The same for a column of so many dimensions, whose metric is set. */
extern void trl_ivf_shape_column(TrlIvfMeta *meta, bool sparse, int dims);

/* Are rows hashed to fewer dimensions than the column has? */
static inline bool
trl_ivf_is_hashed(const TrlIvfMeta *meta)
{
	return meta->dims < meta->column_dims;
}

/* Bytes that a page offers between its header and its opaque data. */
#define TRL_IVF_PAGE_BYTES \
	(BLCKSZ - MAXALIGN(SizeOfPageHeaderData) - MAXALIGN(sizeof(TrlIvfOpaque)))

/* Floats of one page of the centroids' stream. */
#define TRL_IVF_PAGE_FLOATS ((int) (TRL_IVF_PAGE_BYTES / sizeof(float)))

/* Bytes of one rerank row; 0 if there are none. */
static inline Size
trl_ivf_rerank_size(const TrlIvfMeta *meta)
{
	if (meta->row_bits == 0)
		return 0;
	return offsetof(TrlIvfRerankRow, codes) +
		(Size) meta->dims_padded / 8 * meta->row_bits;
}

/* Bytes of one row's codes; 0 if there are none. */
static inline Size
trl_ivf_code_size(const TrlIvfMeta *meta)
{
	return meta->code_form == TRL_IVF_CODE_NONE ? 0 : (Size) meta->dims_padded / 8;
}

/* Groups of four dimensions, and granules, of one block. */
#define TRL_IVF_GROUPS(meta) ((int) (trl_ivf_code_size(meta) * 8 / TRL_GROUP_DIMS))
#define TRL_IVF_GRANULES(meta) \
	((int) (trl_ivf_code_size(meta) * 8 / TRL_IVF_GRANULE_DIMS))

/* Lanes of a unit. */
#define TRL_IVF_UNIT_LANES(meta) ((meta)->unit_blocks * TRL_IVF_LANES)

/* Lists per directory page, TIDs per tail page. */
#define TRL_IVF_DIRECTORY_ENTRIES \
	(TRL_IVF_PAGE_BYTES / sizeof(TrlIvfListEntry))
#define TRL_IVF_TAIL_TIDS \
	((TRL_IVF_PAGE_BYTES - offsetof(TrlIvfTail, heap)) / sizeof(ItemPointerData))

/*
 * Where the granules of a unit lie: page (0 ... span - 1) and offset in its
 * contents, and how many follow on that page.
 */
typedef struct TrlIvfPlace
{
	int			page;
	Size		offset;
	int			granules;
} TrlIvfPlace;

extern TrlIvfPlace trl_ivf_granule_place(const TrlIvfMeta *meta, int granule);

/* Bytes of the contents of a unit's page, 0 ... span - 1. */
extern Size trl_ivf_unit_page_size(const TrlIvfMeta *meta, int page);

/* Bytes of a lane's NULLs: a bit for each filter column. */
#define TRL_IVF_NULL_BYTES(meta) (((meta)->n_filters + 7) / 8)

/* Offset, in the first page's contents, of a unit's runs. */
extern Size trl_ivf_unit_header_size(const TrlIvfMeta *meta);

typedef struct TrlIvfRuns
{
	float	   *add;			/* of block 0, lane 0; the others follow */
	TrlShortFloat *rescale;
	TrlShortFloat *error;
	ItemPointerData *heap;
	uint8	   *filters;		/* of column 0, if there is one */
} TrlIvfRuns;

/* Points into the contents of a unit's first page. */
extern TrlIvfRuns trl_ivf_runs(const TrlIvfMeta *meta, TrlIvfUnit *unit);

static inline bool
trl_ivf_is_live(const TrlIvfUnit *unit, int lane)
{
	return (unit->live[lane / TRL_IVF_LANES] & (1u << lane % TRL_IVF_LANES)) != 0;
}

/*
 * Hints, per block, which lanes hold dead rows (kill_prior_tuple): in the hole
 * of a unit's first page, which WAL leaves out and every logged change zeroes.
 */
static inline uint32 *
trl_ivf_killed(const TrlIvfMeta *meta, Page page)
{
	return (uint32 *) (PageGetSpecialPointer(page) -
					   sizeof(uint32) * meta->unit_blocks);
}

/* ---- page.c: reading, checking and making pages ---- */

#define TrlIvfPageOpaque(page) ((TrlIvfOpaque *) PageGetSpecialPointer(page))

/*
 * Initialises a page as one of the kind, with contents of size bytes, of the
 * list with an id, or 0.
 */
extern void trl_ivf_page_init(Page page, TrlIvfPageKind kind, Size size,
							  uint32 id);

/*
 * Reads and locks a page and checks that it is of the kind; XX002 if not.
 * The caller unlocks and releases.
 */
extern Buffer trl_ivf_read(Relation index, BlockNumber block,
						   TrlIvfPageKind kind, int lock_mode);

/*
 * The same of a page that belongs to the list with an id, and checks that too.
 * On a standby, 40001 if the page has been freed since.
 */
extern Buffer trl_ivf_read_list(Relation index, BlockNumber block,
								TrlIvfPageKind kind, uint32 id,
								int lock_mode);

/* Raises that: 40001 on a standby, else XX002. */
extern void trl_ivf_list_gone(Relation index, BlockNumber block);

/*
 * If this backend has met pages lately that it did not know, asks the
 * operating system for one that is soon to be read (effective_io_concurrency
 * is the caller's affair).
 */
extern void trl_ivf_ask(Relation index, BlockNumber block);

/*
 * The same; and if this backend has met the page lately, asks the processor for what reading
 * it touches and returns where its contents likely are, for prefetching; else
 * NULL.
 */
extern char *trl_ivf_expect(Relation index, BlockNumber block);

/* Asks the processor for memory that is soon to be read. */
static inline void
trl_ivf_prefetch(const char *from, Size size)
{
	Size		at;

	for (at = 0; at < size; at += 64)
		__builtin_prefetch(from + at);
}

/* A copy of the metapage's contents. */
extern void trl_ivf_read_meta(Relation index, TrlIvfMeta *meta);

/*
 * New, unlogged, exclusively locked and pinned buffers of count consecutive
 * blocks, at the end of the relation; a single one may come from the free
 * space map.
 */
extern void trl_ivf_extend(Relation index, ForkNumber fork, int count,
						   Buffer *buffers);

/* ---- class.c: what operator classes stand for ---- */

/* By the operator that it orders by; NULL if ivf cannot search by that. */
extern const TrlIvfClass *trl_ivf_find_class(Oid opfamily, Oid type);

/* The class of an index; raises 0A000 if it has none. */
extern const TrlIvfClass *trl_ivf_class(Relation index);

/* ---- value.c: from datums to vectors that the lists hold ---- */

/*
 * The value as meta->dims floats, normalised for cosine, in out.  Raises 22000
 * if it has other dimensions than the column.
 */
extern TrlIvfValue trl_ivf_value(const TrlIvfClass *class,
								 const TrlIvfMeta *meta, Datum datum,
								 bool isnull, float *out);

/* Scales to norm 1; false if there is no direction. */
extern bool trl_ivf_normalize(float *x, int dims);

/* ---- sketch.c: sparse vectors in few dimensions ---- */

/* Dimensions of a sketch; a column of no more is taken as it is. */
#define TRL_IVF_SKETCH_DIMS 1024

/* trl_ivf_value() of a sparse vector that is not NULL. */
extern TrlIvfValue trl_ivf_sketch(const TrlIvfClass *class,
								  const TrlIvfMeta *meta, Datum datum,
								  float *out);

/*
 * Longer vectors are in no list: squares of distances would overflow.  They
 * are farther from any usual query than all others, and come last.
 */
#define TRL_IVF_MAX_NORM 1e17

/*
 * Shortens a query that is too long.  The order by inner product stays as it
 * is, that by Euclidean distance nearly so.
 */
extern void trl_ivf_shorten(float *x, int dims);

/*
 * Where the lists are made and searched: rotated, if the codes are signs, else
 * as it is; dims_padded floats.
 */
extern void trl_ivf_rotate(const TrlIvfMeta *meta, const float *vector,
						   float *out);

/* ---- forms.c: rows of 8 bits and fewer, and bit strings ---- */

/* The middle of a row's codes, between 0 and the greatest. */
static inline float
trl_ivf_row_middle(const TrlIvfMeta *meta)
{
	return 0.5f * (float) ((1 << meta->row_bits) - 1);
}

/* The step of a row's codes. */
extern float trl_ivf_row_step(const TrlIvfMeta *meta,
							  const TrlIvfRerankRow *row);

/*
 * The codes of a rerank row, a byte each: those of the row itself, or spread
 * out in scratch, dims_padded bytes.
 */
extern const uint8 *trl_ivf_row_codes(const TrlIvfMeta *meta,
									  const TrlIvfRerankRow *row,
									  uint8 *scratch);

/* Puts 64 codes, a byte each, into 8 * bits bytes of a rerank row. */
extern void trl_ivf_row_pack(const uint8 *codes, int bits, uint8 *out);

/*
 * The vector that a rerank row stands for; without a centroid (NULL) its
 * residual alone.  scratch has dims_padded bytes.
 */
extern void trl_ivf_row_decode(const TrlIvfMeta *meta,
							   const TrlIvfRerankRow *row,
							   const float *centroid, uint8 *scratch,
							   float *out);

/* The vector that a bit string's codes stand for. */
extern void trl_ivf_bits_decode(const TrlIvfMeta *meta, const uint8 *bits,
								float *out);

/* ---- encode.c: RaBitQ codes and rerank rows ---- */

/*
 * How many standard errors the bound allows: 1.9 is the paper's choice.  In
 * few dimensions errors are further from normal, and rows of a list that lie
 * in line miss together; there a wider bound costs little.
 */
#define TRL_IVF_EPSILON(dims) (1.9 + 70.0 / (dims))

/*
 * Of the residual's norm, what an estimate may be off since "rescale" is
 * stored as a short float.
 */
#define TRL_IVF_SHORT_ERROR (1.0 / 256)

typedef struct TrlIvfCode
{
	float		add;
	TrlShortFloat rescale;
	TrlShortFloat error;
	uint8	   *bits;			/* dims_padded / 8 bytes (also where none are
								 * stored), bit 0 first */
	TrlIvfRerankRow *row;
	const uint8 *filters;		/* meta->filter_bytes (filter.h), of the
								 * caller's: encoding leaves them alone */
} TrlIvfCode;

/*
 * Encodes a vector, as trl_ivf_rotate() leaves it, against the centroid of
 * its list.  scratch has dims_padded floats; code->bits and code->row point to
 * room.
 */
extern void trl_ivf_encode(const TrlIvfMeta *meta, const float *vector,
						   const float *centroid, float *scratch,
						   TrlIvfCode *code);

#endif							/* TRL_INDEX_IVF_H */
