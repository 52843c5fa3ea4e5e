/*
 * method.h - ivf for a library that offers it under another name
 *
 * The compatibility extension's access methods hnsw and ivfflat are ivf with
 * storage parameters and operator classes of their own.  Its library is
 * another one and may be of another version of trellis: it looks
 * trl_ivf_method up in this one, by name, and compares the version.
 */
#ifndef TRL_INDEX_IVF_METHOD_H
#define TRL_INDEX_IVF_METHOD_H

#include "access/amapi.h"

/* Raised whenever the struct below changes. */
#define TRL_IVF_METHOD_VERSION 1

typedef struct TrlIvfMethod
{
	int			version;		/* TRL_IVF_METHOD_VERSION; stays first */

	/*
	 * Fills in properties and callbacks, for indexes of one column: filter
	 * columns are ivf's own name's.  The caller may change amsupport,
	 * amvalidate, and amoptions: the storage parameters are not ivf's then,
	 * and ivf does not look at them.
	 */
	void		(*fill) (IndexAmRoutine *routine);

	/*
	 * Most dimensions of a column in an index by the operator family's class
	 * for the type; 0 if ivf cannot search by it.
	 */
	int			(*max_dims) (Oid opfamily, Oid type);
} TrlIvfMethod;

/* Static data: read only, never freed. */
extern PGDLLEXPORT const TrlIvfMethod *trl_ivf_method(void);

typedef const TrlIvfMethod *(*TrlIvfMethodFunction) (void);

#endif							/* TRL_INDEX_IVF_METHOD_H */
