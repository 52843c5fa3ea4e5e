/*
 * analysis.h - results of ranking and structure, kept in tables
 */
#ifndef TRL_KG_ANALYSIS_H
#define TRL_KG_ANALYSIS_H

#include "utils/jsonb.h"

/* The tables that a graph lacks, made as the caller. */
extern void trl_analysis_create_tables(Oid schema);

/* What an option is in JSON, and the type it is passed on as. */
typedef enum TrlOptionType
{
	TRL_OPTION_NUMBER,			/* double precision */
	TRL_OPTION_INTEGER,
	TRL_OPTION_BOOLEAN,
	TRL_OPTION_TEXT,
	TRL_OPTION_TEXTS,			/* array of strings, text[] */
	TRL_OPTION_TIME				/* string, timestamptz */
} TrlOptionType;

/* Names are those of the arguments that they become. */
typedef struct TrlOption
{
	const char *name;			/* NULL: the list ends */
	TrlOptionType type;
} TrlOption;

#define TRL_MAX_OPTIONS 16

/* Options that were given, in the list's order. */
typedef struct TrlOptions
{
	int			n;
	const char *names[TRL_MAX_OPTIONS];
	Oid			types[TRL_MAX_OPTIONS];
	Datum		values[TRL_MAX_OPTIONS];
	bool		nulls[TRL_MAX_OPTIONS];
} TrlOptions;

/*
 * Reads a JSON object whose keys are in the list; an absent one is its
 * argument's default, null is NULL.  ERROR naming the option for any other
 * key, and for values that do not suit.
 */
extern void trl_options_read(TrlOptions *options, Jsonb *json,
							 const TrlOption *list);

#endif							/* TRL_KG_ANALYSIS_H */
