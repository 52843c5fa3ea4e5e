/*
 * guc.h - settings, and the hooks that rooms implement for them
 *
 * guc.c defines every setting of the extension in one table, so that a
 * reader finds them all there.  A hook is declared here and implemented in
 * the room that owns the setting: includes still point downwards only.
 */
#ifndef TRL_CORE_GUC_H
#define TRL_CORE_GUC_H

#include "utils/guc.h"

/* Defines all settings and reserves the prefix "trellis". Call once. */
extern void trl_guc_init(void);

/* May the planner use the knn node? */
extern bool trl_guc_enable_knn;

/* How a walk over a graph reads edges. */
typedef enum TrlGraphSource
{
	TRL_GRAPH_AUTO,
	TRL_GRAPH_PROBE,
	TRL_GRAPH_SCAN
} TrlGraphSource;

extern int	trl_guc_graph_source;

/* Path of the key file, relative to the data folder; never NULL. */
extern char *trl_guc_key_file;

/* Lists that an ivf scan probes; 0: those that reach the recall below. */
extern int	trl_guc_ivf_probes;

/* Share of the true neighbours that an index search should find. */
extern double trl_guc_target_recall;

/* trellis.token, implemented in access/token.c */
extern bool trl_token_check(char **newval, void **extra, GucSource source);
extern void trl_token_assign(const char *newval, void *extra);
extern const char *trl_token_show(void);

/* trellis.simd, implemented in types/simd.c */
extern bool trl_simd_check(int *newval, void **extra, GucSource source);
extern void trl_simd_assign(int newval, void *extra);

#endif							/* TRL_CORE_GUC_H */
