/*
 * graph_sql.c - SQL text over a graph's tables
 *
 * Locks and WAL: none.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "core/compat.h"
#include "kg/write/graph_sql.h"

char *
trl_graph_sql(const char *statement, const char *quoted_schema)
{
	const char *token = "@graph@";
	const char *at;
	StringInfoData sql;

	initStringInfo(&sql);
	while ((at = strstr(statement, token)) != NULL)
	{
		appendBinaryStringInfo(&sql, statement, at - statement);
		appendStringInfoString(&sql, quoted_schema);
		statement = at + strlen(token);
	}
	appendStringInfoString(&sql, statement);
	return sql.data;
}
