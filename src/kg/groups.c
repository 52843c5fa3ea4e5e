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
#include "kg/components.h"
#include "kg/whole.h"

TRL_FUNCTION(trl_components);

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
