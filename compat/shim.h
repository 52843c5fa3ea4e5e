/*
 * shim.h - what the files of the compatibility extension share
 *
 * Two access methods under names that clients know.  They differ by a
 * TrlShimMethod alone; the code behind them is one, trellis's ivf.
 */
#ifndef TRL_COMPAT_SHIM_H
#define TRL_COMPAT_SHIM_H

#include "access/amapi.h"
#include "utils/relcache.h"

#include "index/ivf/method.h"

/* The column that an index is asked for, as its catalogue rows have it. */
typedef struct TrlShimColumn
{
	Oid			type;			/* of the column or expression */
	int32		typmod;			/* dimensions, or -1 */
	Oid			opclass;
	const void *options;		/* parsed reloptions, NULL if none given */
} TrlShimColumn;

typedef struct TrlShimMethod
{
	const char *name;			/* of the access method */
	uint16		nsupport;		/* support functions of an operator class */
	bytea	   *(*parse_options) (Datum reloptions, bool validate);

	/* raises what parsed options are wrong together; NULL: none can be */
	void		(*check_options) (const void *options);
} TrlShimMethod;

extern const TrlShimMethod trl_shim_hnsw;
extern const TrlShimMethod trl_shim_ivfflat;

/* method.c: trellis's ivf; raises 55000 if the libraries do not match. */
extern const TrlIvfMethod *trl_shim_ivf(void);

/*
 * options.c: the methods' storage parameters; all ranges are inclusive.  They
 * are checked, kept and shown, and change nothing: ivf chooses for itself.
 */
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

#endif							/* TRL_COMPAT_SHIM_H */
