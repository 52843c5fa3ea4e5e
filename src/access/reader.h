/*
 * reader.h - what the session's principal may read, one bit per expression
 *
 * A reader belongs to one principal at one state of the grants.  It learns
 * an expression's answer when it is first asked for, and then answers by a
 * bit.  For can_read() and, later, for evaluators on index lanes: take the
 * reader of a call site first, with no buffer lock held, then test.
 */
#ifndef TRL_ACCESS_READER_H
#define TRL_ACCESS_READER_H

#include "access/xact.h"
#include "datatype/timestamp.h"
#include "fmgr.h"

#include "access/serial.h"

/* Answers for 64 expressions. */
typedef struct TrlReaderBits
{
	uint64		known;
	uint64		allowed;		/* a subset of known */
} TrlReaderBits;

typedef struct TrlReader TrlReader;

/* The part that the row test needs; reader.c has the rest behind it. */
typedef struct TrlReaderHead
{
	uint32		nwords;
	TrlReaderBits *bits;
} TrlReaderHead;

/* What a call site remembers; zeroed at first. */
typedef struct TrlReaderCall
{
	uint64		serial;
	TimestampTz statement;
	TrlReader  *reader;			/* NULL: nobody, who reads nothing */
} TrlReaderCall;

/* Brings a call site up to date. */
extern void trl_reader_refresh(TrlReaderCall *call);

/* Answers for an expression that has no known bit yet. */
extern bool trl_reader_learn(TrlReader *reader, int32 id);

/*
 * All expressions that the reader may read, in order; *n of them.  They
 * belong to the reader and last until it changes.
 */
extern const int32 *trl_reader_list(TrlReader *reader, int *n);

/* The reader for one more row, looked up anew when something changed. */
static inline TrlReader *
trl_reader_of(TrlReaderCall *call)
{
	if (unlikely(call->serial != trl_access_serial ||
				 call->statement != GetCurrentStatementStartTimestamp()))
		trl_reader_refresh(call);
	return call->reader;
}

/* May this reader read rows labelled id?  Any id may be asked. */
static inline bool
trl_reader_test(TrlReader *reader, int32 id)
{
	const TrlReaderHead *head = (const TrlReaderHead *) reader;
	uint32		word = (uint32) id / 64;
	uint64		mask = UINT64CONST(1) << ((uint32) id % 64);

	if (reader == NULL)
		return false;
	if (likely(word < head->nwords && (head->bits[word].known & mask) != 0))
		return (head->bits[word].allowed & mask) != 0;
	return trl_reader_learn(reader, id);
}

/* Makes the memory of a SQL function's call site. */
extern TrlReaderCall *trl_reader_new_call(FmgrInfo *flinfo);

/* The memory of a SQL function's call site, which lasts as long as its plan. */
static inline TrlReaderCall *
trl_reader_call(FmgrInfo *flinfo)
{
	if (unlikely(flinfo->fn_extra == NULL))
		return trl_reader_new_call(flinfo);
	return flinfo->fn_extra;
}

#endif							/* TRL_ACCESS_READER_H */
