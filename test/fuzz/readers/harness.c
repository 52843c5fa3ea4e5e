/*
 * harness.c - chooses the target by the program's name; checks shared by all
 */
#include "postgres.h"

#include <math.h>

#include "core/compat.h"
#include "harness.h"
#include "kernels/kernels.h"
#include "types/dense.h"
#include "types/sparsevec.h"

/* libFuzzer's side */
extern int	LLVMFuzzerInitialize(int *argc, char ***argv);
extern int	LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

/* ---- the types ---- */

#define FUZZ_TYPE_FUNCTIONS(type) \
	extern Datum trl_##type##_in(PG_FUNCTION_ARGS); \
	extern Datum trl_##type##_out(PG_FUNCTION_ARGS); \
	extern Datum trl_##type##_recv(PG_FUNCTION_ARGS); \
	extern Datum trl_##type##_send(PG_FUNCTION_ARGS); \
	extern Datum trl_##type##_##type(PG_FUNCTION_ARGS); \
	extern Datum trl_text_to_##type(PG_FUNCTION_ARGS); \
	extern Datum trl_array_to_##type(PG_FUNCTION_ARGS); \
	extern Datum trl_##type##_typmod_in(PG_FUNCTION_ARGS)

FUZZ_TYPE_FUNCTIONS(vector);
FUZZ_TYPE_FUNCTIONS(halfvec);
FUZZ_TYPE_FUNCTIONS(sparsevec);

static void
check_header(const char *type_name, const TrlDense *v, Size element_size)
{
	if (v->dim < 1 || v->dim > TRL_DENSE_MAX_DIM || v->unused != 0)
		fuzz_fail("%s of dim %d, unused %d", type_name, v->dim, v->unused);
	if (VARSIZE(v) != offsetof(TrlDense, x) + element_size * v->dim)
		fuzz_fail("%s of dim %d has %u bytes", type_name, v->dim,
				  (unsigned) VARSIZE(v));
}

static void
check_vector(const void *value)
{
	const TrlDense *v = (const TrlDense *) value;
	int			i;

	check_header("vector", v, sizeof(float));
	for (i = 0; i < v->dim; i++)
	{
		if (!isfinite(((const float *) v->x)[i]))
			fuzz_fail("vector element %d is not finite", i);
	}
}

static void
check_halfvec(const void *value)
{
	const TrlDense *v = (const TrlDense *) value;
	int			i;

	check_header("halfvec", v, sizeof(uint16));
	for (i = 0; i < v->dim; i++)
	{
		if ((((const uint16 *) v->x)[i] & 0x7c00) == 0x7c00)
			fuzz_fail("halfvec element %d is not finite", i);
	}
}

static int32
dense_dim(const void *value)
{
	return ((const TrlDense *) value)->dim;
}

static void
check_sparsevec(const void *value)
{
	const TrlSparsevec *v = (const TrlSparsevec *) value;
	const float *values = trl_sparsevec_values(v);
	int32		last = -1;
	int			i;

	if (v->dim < 1 || v->dim > TRL_SPARSEVEC_MAX_DIM || v->nnz < 0 ||
		v->nnz > TRL_SPARSEVEC_MAX_NNZ || v->nnz > v->dim || v->unused != 0)
		fuzz_fail("sparsevec of dim %d, nnz %d, unused %d",
				  v->dim, v->nnz, v->unused);
	if (VARSIZE(v) != trl_sparsevec_size(v->nnz))
		fuzz_fail("sparsevec of nnz %d has %u bytes", v->nnz,
				  (unsigned) VARSIZE(v));
	for (i = 0; i < v->nnz; last = v->index[i++])
	{
		if (v->index[i] <= last || v->index[i] >= v->dim)
			fuzz_fail("sparsevec index %d at %d", v->index[i], i);
		if (!isfinite(values[i]) || values[i] == 0)
			fuzz_fail("sparsevec value %g at %d", values[i], i);
	}
}

static int32
sparsevec_dim(const void *value)
{
	return ((const TrlSparsevec *) value)->dim;
}

#define FUZZ_TYPE(type, max, dim_function) \
	{ \
		#type, trl_##type##_in, trl_##type##_out, trl_##type##_recv, \
		trl_##type##_send, trl_##type##_##type, trl_text_to_##type, \
		trl_array_to_##type, trl_##type##_typmod_in, max, check_##type, \
		dim_function \
	}

const FuzzType fuzz_vector = FUZZ_TYPE(vector, TRL_DENSE_MAX_DIM, dense_dim);
const FuzzType fuzz_halfvec = FUZZ_TYPE(halfvec, TRL_DENSE_MAX_DIM, dense_dim);
const FuzzType fuzz_sparsevec = FUZZ_TYPE(sparsevec, TRL_SPARSEVEC_MAX_DIM, sparsevec_dim);

/* ---- checks ---- */

void
fuzz_expect_error(const char *what, const int *states, int n)
{
	int			i;

	if (fuzz_error.message[0] == '\0')
		fuzz_fail("%s: an error without a message", what);
	for (i = 0; i < n; i++)
	{
		if (fuzz_error.sqlstate == states[i])
			return;
	}
	fuzz_fail("%s: an error of another kind (%d): %s", what,
			  fuzz_error.sqlstate, fuzz_error.message);
}

Datum
fuzz_must(const char *what, PGFunction function, int nargs, const Datum *args)
{
	Datum		result;

	if (!fuzz_call(function, NULL, nargs, args, &result))
		fuzz_fail("%s: %s", what, fuzz_error.message);
	return result;
}

void
fuzz_same(const char *what, const void *a, const void *b)
{
	if (VARSIZE(a) != VARSIZE(b) || memcmp(a, b, VARSIZE(a)) != 0)
		fuzz_fail("%s: not the same bytes", what);
}

StringInfo
fuzz_message(const uint8 *data, size_t size)
{
	StringInfo	message = (StringInfo) palloc0(sizeof(StringInfoData));

	message->data = (char *) palloc(size);
	message->len = (int) size;
	message->maxlen = (int) size;
	if (size > 0)
		memcpy(message->data, data, size);
	return message;
}

static void
check_text_form(const FuzzType *type, Datum value)
{
	Datum		text = fuzz_must("output", type->out, 1, &value);
	Datum		args[3];
	Datum		again;

	args[0] = CStringGetDatum(pstrdup(DatumGetCString(text)));
	args[1] = ObjectIdGetDatum(InvalidOid);
	args[2] = Int32GetDatum(-1);
	again = fuzz_must("input of the output", type->in, 3, args);
	fuzz_same("text form read back", DatumGetPointer(value),
			  DatumGetPointer(again));
}

static void
check_binary_form(const FuzzType *type, Datum value)
{
	Datum		sent = fuzz_must("send", type->send, 1, &value);
	StringInfo	message = fuzz_message((uint8 *) VARDATA(DatumGetPointer(sent)),
									   VARSIZE(DatumGetPointer(sent)) - VARHDRSZ);
	Datum		args[3];
	Datum		again;

	args[0] = PointerGetDatum(message);
	args[1] = ObjectIdGetDatum(InvalidOid);
	args[2] = Int32GetDatum(type->dim(DatumGetPointer(value)));
	again = fuzz_must("receipt of what was sent", type->recv, 3, args);
	fuzz_same("binary form read back", DatumGetPointer(value),
			  DatumGetPointer(again));
	if (message->cursor != message->len)
		fuzz_fail("%d of %d bytes were read", message->cursor, message->len);
}

void
fuzz_check_value(const FuzzType *type, Datum value)
{
	static const int refusal[] = {ERRCODE_DATA_EXCEPTION};
	int32		dim;
	Datum		args[3];
	Datum		result;

	type->check(DatumGetPointer(value));
	check_text_form(type, value);
	check_binary_form(type, value);

	dim = type->dim(DatumGetPointer(value));
	args[0] = value;
	args[1] = Int32GetDatum(dim);
	args[2] = BoolGetDatum(false);
	(void) fuzz_must("coercion to its own dimensions", type->coerce, 3, args);
	args[1] = Int32GetDatum(dim + 1);
	if (fuzz_call(type->coerce, NULL, 3, args, &result))
		fuzz_fail("%d dimensions were taken for %d", dim, dim + 1);
	FUZZ_EXPECT("coercion", refusal);
}

/* Fails unless a call through flinfo does what one without does. */
static bool
call_both_ways(const char *what, PGFunction cast, FmgrInfo *flinfo,
			   const Datum *args, Datum *result)
{
	bool		done = fuzz_call(cast, NULL, 3, args, result);
	FuzzError	first = fuzz_error;
	Datum		again;

	if (fuzz_call(cast, flinfo, 3, args, &again) != done)
		fuzz_fail("%s: another answer with memory", what);
	if (done)
		fuzz_same(what, DatumGetPointer(*result), DatumGetPointer(again));
	else if (fuzz_error.sqlstate != first.sqlstate ||
			 strcmp(fuzz_error.message, first.message) != 0)
		fuzz_fail("%s: another error with memory: %s, %s", what,
				  first.message, fuzz_error.message);
	return done;
}

bool
fuzz_cast(const char *what, PGFunction cast, Datum input, Datum other,
		  Datum *result)
{
	FmgrInfo	flinfo = {0};
	Datum		args[3];
	Datum		ignored;
	bool		done;

	fuzz_args_stable = true;
	args[0] = input;
	args[1] = Int32GetDatum(-1);
	args[2] = BoolGetDatum(true);
	(void) call_both_ways(what, cast, &flinfo, args, &ignored);
	args[1] = Int32GetDatum(3);
	(void) call_both_ways(what, cast, &flinfo, args, &ignored);
	args[0] = other;
	(void) call_both_ways(what, cast, &flinfo, args, &ignored);
	args[1] = Int32GetDatum(-1);
	(void) call_both_ways(what, cast, &flinfo, args, &ignored);
	args[0] = input;
	done = call_both_ways(what, cast, &flinfo, args, result);
	(void) call_both_ways(what, cast, &flinfo, args, &ignored);
	return done;
}

/* ---- libFuzzer ---- */

static const struct
{
	const char *name;
	FuzzTarget	run;
}			targets[] = {
	{"vector_in", fuzz_vector_in},
	{"halfvec_in", fuzz_halfvec_in},
	{"sparsevec_in", fuzz_sparsevec_in},
	{"vector_recv", fuzz_vector_recv},
	{"halfvec_recv", fuzz_halfvec_recv},
	{"sparsevec_recv", fuzz_sparsevec_recv},
	{"typmod_in", fuzz_typmod_in},
	{"bytes_cast", fuzz_bytes_cast},
	{"array_cast", fuzz_array_cast},
	{"jsonb_cast", fuzz_jsonb_cast},
};

static FuzzTarget target;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *slash = strrchr((*argv)[0], '/');
	const char *name = slash ? slash + 1 : (*argv)[0];
	size_t		i;

	(void) argc;
	for (i = 0; i < lengthof(targets); i++)
	{
		if (strcmp(targets[i].name, name) == 0)
			target = targets[i].run;
	}
	if (target == NULL)
		fuzz_fail("no target of the name %s", name);
	trl_kernels_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	target(data, size);
	fuzz_free_all();
	return 0;
}
