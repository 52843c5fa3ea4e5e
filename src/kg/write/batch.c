/*
 * batch.c - the elements of a writer's batch, from its jsonb argument
 *
 * Does: turn a JSON array of objects into columns of datums.
 * Does not: know what the keys mean (upsert.c does); read arrays
 * (batch_arrays.c).
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "core/compat.h"
#include "kg/write/batch.h"

/* Where reading stands, for errors raised by type input functions. */
typedef struct BatchPosition
{
	const TrlBatch *batch;
	int			element;
	int			key;
	bool		in_input;		/* inside a type's input function */
} BatchPosition;

void
trl_batch_error(const TrlBatch *batch, int element, int sqlstate,
				const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("element %d of argument \"%s\" %s",
					element + 1, batch->argument, message),
			 hint ? errhint("%s", hint) : 0));
}

void
trl_batch_require(const TrlBatch *batch, int element, int key)
{
	if (!batch->nulls[key][element])
		return;
	if (batch->arguments != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("element %d of argument \"%s\" must not be null",
						element + 1, batch->arguments[key])));
	trl_batch_error(batch, element, ERRCODE_INVALID_PARAMETER_VALUE,
					psprintf("has no key \"%s\"", batch->keys[key].name),
					NULL);
}

void
trl_batch_value_error(const TrlBatch *batch, int element, int key,
					  const char *problem)
{
	if (batch->arguments != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("element %d of argument \"%s\" %s",
						element + 1, batch->arguments[key], problem)));
	trl_batch_error(batch, element, ERRCODE_INVALID_PARAMETER_VALUE,
					psprintf("has a value for \"%s\" that %s",
							 batch->keys[key].name, problem), NULL);
}

static void
position_context(void *arg)
{
	BatchPosition *position = arg;

	if (position->in_input)
		errcontext("key \"%s\" in element %d of argument \"%s\"",
				   position->batch->keys[position->key].name,
				   position->element + 1, position->batch->argument);
}

static void
wrong_type(const BatchPosition *position, const char *wanted)
{
	trl_batch_value_error(position->batch, position->element, position->key,
						  psprintf("is not %s", wanted));
}

static char *
number_text(const JsonbValue *value)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out,
											   NumericGetDatum(value->val.numeric)));
}

static Datum
read_text(const BatchPosition *position, const JsonbValue *value, bool number)
{
	if (value->type == jbvString)
		return PointerGetDatum(cstring_to_text_with_len(value->val.string.val,
														value->val.string.len));
	if (!number || value->type != jbvNumeric)
		wrong_type(position, number ? "a string or a number" : "a string");
	return CStringGetTextDatum(number_text(value));
}

static int64
read_integer(const BatchPosition *position, const JsonbValue *value,
			 int64 min, int64 max)
{
	char	   *text;
	char	   *end;
	long long	number;

	if (value->type != jbvNumeric)
		wrong_type(position, "a number");
	text = number_text(value);
	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || number < min || number > max)
		wrong_type(position,
				   psprintf("a whole number from %lld to %lld",
							(long long) min, (long long) max));
	return number;
}

static Datum
read_float(const BatchPosition *position, const JsonbValue *value)
{
	float8		number;

	if (value->type != jbvNumeric)
		wrong_type(position, "a number");
	number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
												NumericGetDatum(value->val.numeric)));
	if (isinf(number))
		wrong_type(position, "within the range of double precision");
	return Float8GetDatum(number);
}

static Datum
read_time(BatchPosition *position, const JsonbValue *value)
{
	Datum		time;
	char	   *text;

	if (value->type != jbvString)
		wrong_type(position, "a string");
	text = pnstrdup(value->val.string.val, value->val.string.len);
	position->in_input = true;
	time = DirectFunctionCall3(timestamptz_in, CStringGetDatum(text),
							   ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
	position->in_input = false;
	return time;
}

static Datum
read_object(const BatchPosition *position, JsonbValue *value)
{
	if (value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data))
		wrong_type(position, "an object");
	return JsonbPGetDatum(JsonbValueToJsonb(value));
}

static Datum
read_value(BatchPosition *position, TrlBatchType type, JsonbValue *value)
{
	switch (type)
	{
		case TRL_BATCH_ID:
			return read_text(position, value, true);
		case TRL_BATCH_TEXT:
			return read_text(position, value, false);
		case TRL_BATCH_INT4:
			return Int32GetDatum((int32) read_integer(position, value,
													  PG_INT32_MIN, PG_INT32_MAX));
		case TRL_BATCH_INT8:
			return Int64GetDatum(read_integer(position, value,
											  PG_INT64_MIN, PG_INT64_MAX));
		case TRL_BATCH_FLOAT8:
			return read_float(position, value);
		case TRL_BATCH_TIME:
			return read_time(position, value);
		case TRL_BATCH_OBJECT:
			return read_object(position, value);
	}
	return (Datum) 0;
}

static int
find_key(const TrlBatch *batch, const JsonbValue *name)
{
	int			i;

	for (i = 0; i < batch->n_keys; i++)
		if (strlen(batch->keys[i].name) == (Size) name->val.string.len &&
			memcmp(batch->keys[i].name, name->val.string.val,
				   name->val.string.len) == 0)
			return i;
	return -1;
}

static void
unknown_key(const TrlBatch *batch, int element, const JsonbValue *name)
{
	StringInfoData known;
	int			i;

	initStringInfo(&known);
	for (i = 0; i < batch->n_keys; i++)
		appendStringInfo(&known, "%s%s", i ? ", " : "", batch->keys[i].name);
	trl_batch_error(batch, element, ERRCODE_INVALID_PARAMETER_VALUE,
					psprintf("has an unknown key \"%.*s\"",
							 name->val.string.len, name->val.string.val),
					psprintf("Keys are %s. Anything else goes into \"props\".",
							 known.data));
}

static void
read_element(TrlBatch *batch, BatchPosition *position, JsonbContainer *object)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	value;
	int			key = -1;

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			key = find_key(batch, &value);
			if (key < 0)
				unknown_key(batch, position->element, &value);
		}
		else if (token == WJB_VALUE && value.type != jbvNull)
		{
			position->key = key;
			batch->values[key][position->element] =
				read_value(position, batch->keys[key].type, &value);
			batch->nulls[key][position->element] = false;
		}
	}
}

TrlBatch *
trl_batch_new(const char *argument, const TrlBatchKey *keys, int n_keys, int n)
{
	TrlBatch   *batch = palloc0(sizeof(TrlBatch));
	int			i;

	batch->argument = argument;
	batch->n = n;
	batch->keys = keys;
	batch->n_keys = n_keys;
	batch->values = palloc(sizeof(Datum *) * n_keys);
	batch->nulls = palloc(sizeof(bool *) * n_keys);
	for (i = 0; i < n_keys; i++)
	{
		batch->values[i] = palloc0(sizeof(Datum) * Max(n, 1));
		batch->nulls[i] = palloc(Max(n, 1));
		memset(batch->nulls[i], true, Max(n, 1));
	}
	return batch;
}

static void
read_elements(TrlBatch *batch, BatchPosition *position, Jsonb *json)
{
	JsonbIterator *it = JsonbIteratorInit(&json->root);
	JsonbIteratorToken token;
	JsonbValue	value;

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		CHECK_FOR_INTERRUPTS();
		if (value.type != jbvBinary ||
			!JsonContainerIsObject(value.val.binary.data))
			trl_batch_error(batch, position->element,
							ERRCODE_INVALID_PARAMETER_VALUE,
							"is not an object", NULL);
		read_element(batch, position, value.val.binary.data);
		position->element++;
	}
}

TrlBatch *
trl_batch_read(Jsonb *json, const char *argument, const TrlBatchKey *keys,
			   int n_keys)
{
	TrlBatch   *batch;
	BatchPosition position;
	ErrorContextCallback callback;

	if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" is not a JSON array", argument)));
	batch = trl_batch_new(argument, keys, n_keys, JB_ROOT_COUNT(json));
	position.batch = batch;
	position.element = 0;
	position.key = 0;
	position.in_input = false;

	callback.callback = position_context;
	callback.arg = &position;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	read_elements(batch, &position, json);
	error_context_stack = callback.previous;
	return batch;
}
