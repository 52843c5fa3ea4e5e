/*
 * analysis_options.c - the options of trellis.save_analysis()
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "core/compat.h"
#include "kg/whole/analysis.h"

static void
wrong_value(const char *option, const char *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" in argument \"options\" is not %s",
					option, wanted)));
}

static float8
read_number(const char *option, const JsonbValue *value, const char *wanted)
{
	if (value->type != jbvNumeric)
		wrong_value(option, wanted);
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  NumericGetDatum(value->val.numeric)));
}

static Datum
read_integer(const char *option, const JsonbValue *value)
{
	const char *wanted = "a whole number within the range of integer";
	float8		number = read_number(option, value, wanted);

	if (number < PG_INT32_MIN || number > PG_INT32_MAX || number != (int32) number)
		wrong_value(option, wanted);
	return Int32GetDatum((int32) number);
}

static Datum
read_text(const char *option, const JsonbValue *value, const char *wanted)
{
	if (value->type != jbvString)
		wrong_value(option, wanted);
	return PointerGetDatum(cstring_to_text_with_len(value->val.string.val,
													value->val.string.len));
}

static Datum
read_texts(const char *option, const JsonbValue *value)
{
	const char *wanted = "an array of strings";
	JsonbContainer *array = value->type == jbvBinary ? value->val.binary.data : NULL;
	Datum	   *texts;
	uint32		n;
	uint32		i;

	if (array == NULL || !JsonContainerIsArray(array))
		wrong_value(option, wanted);
	n = JsonContainerSize(array);
	texts = palloc(sizeof(Datum) * Max(n, 1));
	for (i = 0; i < n; i++)
		texts[i] = read_text(option, getIthJsonbValueFromContainer(array, i), wanted);
	return PointerGetDatum(construct_array(texts, n, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

static void
time_context(void *arg)
{
	errcontext("option \"%s\" in argument \"options\"", (const char *) arg);
}

/* An error of the type's input function does not name the option: this does. */
static Datum
read_time(const char *option, const JsonbValue *value)
{
	Datum		string = read_text(option, value, "a string");
	ErrorContextCallback callback;
	Datum		time;

	callback.callback = time_context;
	callback.arg = (void *) option;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	time = DirectFunctionCall3(timestamptz_in,
							   CStringGetDatum(TextDatumGetCString(string)),
							   ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
	error_context_stack = callback.previous;
	return time;
}

/* The value, and the type of the argument that it is for. */
static Datum
read_value(const TrlOption *option, const JsonbValue *value, Oid *type)
{
	switch (option->type)
	{
		case TRL_OPTION_NUMBER:
			*type = FLOAT8OID;
			return Float8GetDatum(read_number(option->name, value, "a number"));
		case TRL_OPTION_INTEGER:
			*type = INT4OID;
			return read_integer(option->name, value);
		case TRL_OPTION_BOOLEAN:
			*type = BOOLOID;
			if (value->type != jbvBool)
				wrong_value(option->name, "true or false");
			return BoolGetDatum(value->val.boolean);
		case TRL_OPTION_TEXT:
			*type = TEXTOID;
			return read_text(option->name, value, "a string");
		case TRL_OPTION_TEXTS:
			*type = TEXTARRAYOID;
			return read_texts(option->name, value);
		case TRL_OPTION_TIME:
			*type = TIMESTAMPTZOID;
			return read_time(option->name, value);
	}
	return (Datum) 0;
}

static void
unknown_option(const JsonbValue *name, const TrlOption *list)
{
	StringInfoData known;

	initStringInfo(&known);
	for (; list->name != NULL; list++)
		appendStringInfo(&known, "%s%s", known.len ? ", " : "", list->name);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown option \"%.*s\" in argument \"options\"",
					name->val.string.len, name->val.string.val),
			 errhint("Options of this algorithm are %s.", known.data)));
}

static void
check_names(Jsonb *json, const TrlOption *list)
{
	JsonbIterator *it = JsonbIteratorInit(&json->root);
	JsonbIteratorToken token;
	JsonbValue	value;

	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		const TrlOption *option = list;

		if (token != WJB_KEY)
			continue;
		while (option->name != NULL &&
			   (strlen(option->name) != (Size) value.val.string.len ||
				memcmp(option->name, value.val.string.val,
					   value.val.string.len) != 0))
			option++;
		if (option->name == NULL)
			unknown_option(&value, list);
	}
}

void
trl_options_read(TrlOptions *options, Jsonb *json, const TrlOption *list)
{
	const TrlOption *option;

	options->n = 0;
	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"options\" is not a JSON object")));
	check_names(json, list);
	for (option = list; option->name != NULL; option++)
	{
		JsonbValue	found;
		JsonbValue *value = getKeyJsonValueFromContainer(&json->root, option->name,
														 strlen(option->name),
														 &found);
		int			i = options->n;

		if (value == NULL)
			continue;
		options->names[i] = option->name;
		options->nulls[i] = value->type == jbvNull;
		options->types[i] = TEXTOID;
		options->values[i] = (Datum) 0;
		if (!options->nulls[i])
			options->values[i] = read_value(option, value, &options->types[i]);
		options->n++;
	}
}
