/*
 * groups.c - trellis.components(), trellis.label_propagation()
 *
 * What they compute is in components.c and label_propagation.c; here are
 * their arguments and their rows.
 *
 * Locks: AccessShareLock on the graph's relations.  WAL: none.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "core/compat.h"
#include "kg/whole/components.h"
#include "kg/whole/label_propagation.h"
#include "kg/whole/whole.h"

TRL_FUNCTION(trl_components);
TRL_FUNCTION(trl_label_propagation);

/* ---- components ---- */

enum
{
	COMPONENTS_EDGES,
	COMPONENTS_MODE,
	COMPONENTS_RELS,
	COMPONENTS_MIN_WEIGHT,
	COMPONENTS_MIN_CONFIDENCE,
	COMPONENTS_VALID_AT,
	COMPONENTS_KNOWN_AT,
	COMPONENTS_NODES
};

static bool
is_strong(FunctionCallInfo fcinfo, int arg)
{
	char	   *mode;

	if (PG_ARGISNULL(arg))
		return false;
	mode = text_to_cstring(PG_GETARG_TEXT_PP(arg));
	if (strcmp(mode, "strong") == 0)
		return true;
	if (strcmp(mode, "weak") != 0)
		trl_argument_error("mode", psprintf("must not be \"%s\"", mode),
						   "It is \"weak\" (whichever way edges lead) or \"strong\" (along them, both ways).");
	return false;
}

Datum
trl_components(PG_FUNCTION_ARGS)
{
	TrlWhole	whole;
	TrlPartition partition;
	const TrlBudget *budget = &whole.call.budget;
	uint32	   *labels;
	bool		strong;

	InitMaterializedSRF(fcinfo, 0);
	trl_whole_begin(&whole, fcinfo, COMPONENTS_NODES, COMPONENTS_RELS,
					COMPONENTS_MIN_WEIGHT, 0);
	strong = is_strong(fcinfo, COMPONENTS_MODE + whole.shift);
	trl_whole_load(&whole, fcinfo, TRL_CSR_OUT, -1);
	labels = strong ? trl_components_strong(whole.csr, budget)
		: trl_components_weak(whole.csr, budget);
	trl_partition_init(&partition, labels, whole.csr->n_nodes, budget);
	trl_whole_put_partition(&whole, &partition);
	trl_whole_end(&whole);
	return (Datum) 0;
}

/* ---- label_propagation ---- */

enum
{
	LABELS_EDGES,
	LABELS_MAX_ITERATIONS,
	LABELS_RANDOM_SEED,
	LABELS_WEIGHTED,
	LABELS_RELS,
	LABELS_MIN_WEIGHT,
	LABELS_MIN_CONFIDENCE,
	LABELS_VALID_AT,
	LABELS_KNOWN_AT,
	LABELS_NODES
};

Datum
trl_label_propagation(PG_FUNCTION_ARGS)
{
	TrlWhole	whole;
	TrlPartition partition;
	const TrlBudget *budget = &whole.call.budget;
	TrlUndirected *graph;
	uint32	   *labels;
	int			max_iterations;
	int64		seed;
	bool		settled;

	InitMaterializedSRF(fcinfo, 0);
	trl_whole_begin(&whole, fcinfo, LABELS_NODES, LABELS_RELS,
					LABELS_MIN_WEIGHT, 0);
	max_iterations = trl_arg_limit(fcinfo, LABELS_MAX_ITERATIONS + whole.shift,
								   "max_iterations", 1);
	seed = PG_ARGISNULL(LABELS_RANDOM_SEED + whole.shift) ? 0
		: PG_GETARG_INT32(LABELS_RANDOM_SEED + whole.shift);
	trl_whole_load(&whole, fcinfo, TRL_CSR_OUT | TRL_CSR_IN, LABELS_WEIGHTED);
	graph = trl_undirected_make(whole.csr, whole.weight, budget);
	trl_csr_free(whole.csr);
	labels = trl_label_propagation_run(graph, max_iterations, seed, &settled,
									   budget);
	trl_partition_init(&partition, labels, graph->n, budget);
	trl_whole_put_partition(&whole, &partition);
	if (!settled)
		trl_call_notice("max_iterations", max_iterations,
						"some nodes might still have changed");
	trl_whole_end(&whole);
	return (Datum) 0;
}
