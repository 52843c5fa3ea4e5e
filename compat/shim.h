/*
 * shim.h - what the files of the compatibility extension share
 *
 * Two access methods under names that clients know.  They differ by a
 * TrlShimMethod alone; the code behind them is one.
 */
#ifndef TRL_COMPAT_SHIM_H
#define TRL_COMPAT_SHIM_H

#include "access/amapi.h"
#include "utils/relcache.h"

/* An operator class without a function of this number is one of "vector". */
#define TRL_SHIM_VECTOR_MAX_DIM 2000

/*
 * What an operator class's type function tells (internal to internal).
 * Points to static data: read only, never freed.
 */
typedef struct TrlShimTypeInfo
{
	int			max_dim;		/* most dimensions of a column */
} TrlShimTypeInfo;

/* The column that an index is asked for, as its catalogue rows have it. */
typedef struct TrlShimColumn
{
	Oid			type;			/* of the column or expression */
	int32		typmod;			/* dimensions, or -1 */
	Oid			opfamily;
	Oid			opcintype;		/* input type of the operator class */
	const void *options;		/* parsed reloptions, NULL if none given */
} TrlShimColumn;

typedef struct TrlShimMethod
{
	const char *name;			/* of the access method */
	uint16		nsupport;		/* support functions of an operator class */
	uint16		type_proc;		/* the one that returns TrlShimTypeInfo */
	bytea	   *(*parse_options) (Datum reloptions, bool validate);
	/* raises what is wrong with the column for this method alone */
	void		(*check) (const TrlShimColumn *column);
} TrlShimMethod;

extern const TrlShimMethod trl_shim_hnsw;
extern const TrlShimMethod trl_shim_ivfflat;

/* options.c: the methods' storage parameters; all ranges are inclusive. */
typedef struct TrlShimHnswOptions
{
	int32		vl_len_;		/* varlena header */
	int			m;				/* links of an element, 2 to 100 */
	int			ef_construction;	/* candidates when building, 4 to 1000 */
} TrlShimHnswOptions;

typedef struct TrlShimIvfflatOptions
{
	int32		vl_len_;		/* varlena header */
	int			lists;			/* partitions, 1 to 32768 */
} TrlShimIvfflatOptions;

#define TRL_SHIM_DEFAULT_M 16
#define TRL_SHIM_DEFAULT_EF_CONSTRUCTION 64
#define TRL_SHIM_DEFAULT_LISTS 100

/* Registers the storage parameters.  Call once. */
extern void trl_shim_options_init(void);
extern bytea *trl_shim_hnsw_parse(Datum reloptions, bool validate);
extern bytea *trl_shim_ivfflat_parse(Datum reloptions, bool validate);

/* settings.c: defines hnsw.* and ivfflat.* where nobody has.  Call once. */
extern void trl_shim_settings_init(void);

/* create.c */

/* Looks at every index of these methods as it is created.  Call once. */
extern void trl_shim_create_init(void);

/* Raises what is wrong with the column, in the order that clients know. */
extern void trl_shim_check_column(const TrlShimMethod *method,
								  const TrlShimColumn *column);

/* Raises 0A000: there is no index behind this method. */
extern void trl_shim_refuse(const TrlShimMethod *method);

#endif							/* TRL_COMPAT_SHIM_H */
