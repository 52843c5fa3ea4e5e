/*
 * methods.h - the access method's callbacks, by the file that holds them
 */
#ifndef TRL_INDEX_IVF_METHODS_H
#define TRL_INDEX_IVF_METHODS_H

#include "access/amapi.h"
#include "access/genam.h"
#include "nodes/execnodes.h"
#include "nodes/pathnodes.h"

#include "index/ivf/ivf.h"

/* build.c */
extern IndexBuildResult *trl_ivf_build(Relation heap, Relation index,
									   IndexInfo *info);
extern void trl_ivf_buildempty(Relation index);

/* insert.c */
extern bool trl_ivf_insert(Relation index, Datum *values, bool *isnull,
						   ItemPointer heap_tid, Relation heap,
						   IndexUniqueCheck unique, bool unchanged,
						   IndexInfo *info);

/* scan.c */
extern IndexScanDesc trl_ivf_beginscan(Relation index, int nkeys,
									   int norderbys);
extern void trl_ivf_rescan(IndexScanDesc scan, ScanKey keys, int nkeys,
						   ScanKey orderbys, int norderbys);
extern bool trl_ivf_gettuple(IndexScanDesc scan, ScanDirection direction);
extern void trl_ivf_endscan(IndexScanDesc scan);

/* vacuum.c */
extern IndexBulkDeleteResult *trl_ivf_bulkdelete(IndexVacuumInfo *info,
												 IndexBulkDeleteResult *stats,
												 IndexBulkDeleteCallback callback,
												 void *callback_state);
extern IndexBulkDeleteResult *trl_ivf_vacuumcleanup(IndexVacuumInfo *info,
													IndexBulkDeleteResult *stats);

/* cost.c */
extern void trl_ivf_costestimate(PlannerInfo *root, IndexPath *path,
								 double loop_count, Cost *startup_cost,
								 Cost *total_cost, Selectivity *selectivity,
								 double *correlation, double *pages);

/* handler.c */
extern bytea *trl_ivf_options(Datum reloptions, bool validate);
extern int	trl_ivf_option_lists(Relation index);
extern char *trl_ivf_phase_name(int64 phase);

/* Is it built by ivf, whatever its access method is called (method.h)? */
extern bool trl_ivf_is_index(Relation index);

#endif							/* TRL_INDEX_IVF_METHODS_H */
